import type { Check } from "./check.ts";
import { capOfZero } from "./checks/cap-of-zero.ts";
import { certainCondition } from "./checks/certain-condition.ts";
import { channelContent } from "./checks/channel-content.ts";
import { contradictingCaps } from "./checks/contradicting-caps.ts";
import { duplicateCase } from "./checks/duplicate-case.ts";
import { duplicateContact } from "./checks/duplicate-contact.ts";
import { duplicateRule } from "./checks/duplicate-rule.ts";
import { duplicateStep } from "./checks/duplicate-step.ts";
import { emittedEvent } from "./checks/emitted-event.ts";
import { eventOfErasure } from "./checks/event-of-erasure.ts";
import { eventOfNobody } from "./checks/event-of-nobody.ts";
import { eventOutOfTime } from "./checks/event-out-of-time.ts";
import { expiresBeforeSend } from "./checks/expires-before-send.ts";
import { filterMismatch } from "./checks/filter-mismatch.ts";
import { foreignPlaceholder } from "./checks/foreign-placeholder.ts";
import { idIsNotFileName } from "./checks/id-is-not-file-name.ts";
import { impossibleRecipient } from "./checks/impossible-recipient.ts";
import { impossibleSender } from "./checks/impossible-sender.ts";
import { loop } from "./checks/loop.ts";
import { lookUpSource } from "./checks/look-up-source.ts";
import { lookUpText } from "./checks/look-up-text.ts";
import { marketingWithoutCap } from "./checks/marketing-without-cap.ts";
import { messagesAtOnce } from "./checks/messages-at-once.ts";
import { misplacedVariable } from "./checks/misplaced-variable.ts";
import { misspeltTag } from "./checks/misspelt-tag.ts";
import { missingVariable } from "./checks/missing-variable.ts";
import { noDescription } from "./checks/no-description.ts";
import { noOptOutWording } from "./checks/no-opt-out-wording.ts";
import { noOwner } from "./checks/no-owner.ts";
import { optOutConfirm } from "./checks/opt-out-confirm.ts";
import { ownField } from "./checks/own-field.ts";
import { plugin } from "./checks/plugin.ts";
import { priceAndBudget } from "./checks/price-and-budget.ts";
import { providerKind } from "./checks/provider-kind.ts";
import { providerNotConfigured } from "./checks/provider-not-configured.ts";
import { providerSettings } from "./checks/provider-settings.ts";
import { raceWindow } from "./checks/race-window.ts";
import { reservedKeyword } from "./checks/reserved-keyword.ts";
import { reversedRange } from "./checks/reversed-range.ts";
import { ruleWithoutTest } from "./checks/rule-without-test.ts";
import { secretInFile } from "./checks/secret-in-file.ts";
import { sendElsewhere } from "./checks/send-elsewhere.ts";
import { setAttribute } from "./checks/set-attribute.ts";
import { silencedByItself } from "./checks/silenced-by-itself.ts";
import { smsSegments } from "./checks/sms-segments.ts";
import { sourceSettings } from "./checks/source-settings.ts";
import { templateText } from "./checks/template-text.ts";
import { testContact } from "./checks/test-contact.ts";
import { testMatrix } from "./checks/test-matrix.ts";
import { testPattern } from "./checks/test-pattern.ts";
import { twoRulesSameEvent } from "./checks/two-rules-same-event.ts";
import { typeMismatch } from "./checks/type-mismatch.ts";
import { unknownChannel } from "./checks/unknown-channel.ts";
import { unknownContact } from "./checks/unknown-contact.ts";
import { unknownCountry } from "./checks/unknown-country.ts";
import { unknownEvent } from "./checks/unknown-event.ts";
import { unknownPath } from "./checks/unknown-path.ts";
import { unknownRuleFile } from "./checks/unknown-rule-file.ts";
import { unknownRule } from "./checks/unknown-rule.ts";
import { unknownTemplate } from "./checks/unknown-template.ts";
import { unknownTestEvent } from "./checks/unknown-test-event.ts";
import { unknownTestWord } from "./checks/unknown-test-word.ts";
import { unknownTimeZone } from "./checks/unknown-time-zone.ts";
import { unmeetableExpectation } from "./checks/unmeetable-expectation.ts";
import { unlikelyText } from "./checks/unlikely-text.ts";
import { unmatchedCase } from "./checks/unmatched-case.ts";
import { unreachableStep } from "./checks/unreachable-step.ts";
import { unsubscribeLink } from "./checks/unsubscribe-link.ts";
import { unsubscribeSettings } from "./checks/unsubscribe-settings.ts";
import { waitWithoutStop } from "./checks/wait-without-stop.ts";
import { windowNeverOpens } from "./checks/window-never-opens.ts";

/** Every check, one file each. A new one is a file in `checks/` and a line here. */
export const checks = [
  capOfZero,
  certainCondition,
  channelContent,
  contradictingCaps,
  duplicateCase,
  duplicateContact,
  duplicateRule,
  duplicateStep,
  emittedEvent,
  eventOfErasure,
  eventOfNobody,
  eventOutOfTime,
  expiresBeforeSend,
  filterMismatch,
  foreignPlaceholder,
  idIsNotFileName,
  impossibleRecipient,
  impossibleSender,
  loop,
  lookUpSource,
  lookUpText,
  marketingWithoutCap,
  messagesAtOnce,
  misplacedVariable,
  misspeltTag,
  missingVariable,
  noDescription,
  noOptOutWording,
  noOwner,
  optOutConfirm,
  ownField,
  plugin,
  priceAndBudget,
  providerKind,
  providerNotConfigured,
  providerSettings,
  raceWindow,
  reservedKeyword,
  reversedRange,
  ruleWithoutTest,
  secretInFile,
  sendElsewhere,
  setAttribute,
  silencedByItself,
  smsSegments,
  sourceSettings,
  templateText,
  testContact,
  testMatrix,
  testPattern,
  twoRulesSameEvent,
  typeMismatch,
  unknownChannel,
  unknownContact,
  unknownCountry,
  unknownEvent,
  unknownPath,
  unknownRule,
  unknownRuleFile,
  unknownTemplate,
  unknownTestEvent,
  unknownTestWord,
  unknownTimeZone,
  unmeetableExpectation,
  unlikelyText,
  unmatchedCase,
  unreachableStep,
  unsubscribeLink,
  unsubscribeSettings,
  waitWithoutStop,
  windowNeverOpens,
] as const satisfies readonly Check[];
