import type { Check } from "./check.ts";
import { capOfZero } from "./checks/cap-of-zero.ts";
import { channelContent } from "./checks/channel-content.ts";
import { duplicateRule } from "./checks/duplicate-rule.ts";
import { duplicateStep } from "./checks/duplicate-step.ts";
import { expiresBeforeSend } from "./checks/expires-before-send.ts";
import { idIsNotFileName } from "./checks/id-is-not-file-name.ts";
import { marketingWithoutCap } from "./checks/marketing-without-cap.ts";
import { misplacedVariable } from "./checks/misplaced-variable.ts";
import { missingVariable } from "./checks/missing-variable.ts";
import { noDescription } from "./checks/no-description.ts";
import { noOwner } from "./checks/no-owner.ts";
import { providerKind } from "./checks/provider-kind.ts";
import { providerNotConfigured } from "./checks/provider-not-configured.ts";
import { providerSettings } from "./checks/provider-settings.ts";
import { reversedRange } from "./checks/reversed-range.ts";
import { secretInFile } from "./checks/secret-in-file.ts";
import { templateText } from "./checks/template-text.ts";
import { unknownChannel } from "./checks/unknown-channel.ts";
import { unknownCountry } from "./checks/unknown-country.ts";
import { unknownEvent } from "./checks/unknown-event.ts";
import { unknownPath } from "./checks/unknown-path.ts";
import { unknownTimeZone } from "./checks/unknown-time-zone.ts";

/** Every check, one file each. A new one is a file in `checks/` and a line here. */
export const checks = [
  capOfZero,
  channelContent,
  duplicateRule,
  duplicateStep,
  expiresBeforeSend,
  idIsNotFileName,
  marketingWithoutCap,
  misplacedVariable,
  missingVariable,
  noDescription,
  noOwner,
  providerKind,
  providerNotConfigured,
  providerSettings,
  reversedRange,
  secretInFile,
  templateText,
  unknownChannel,
  unknownCountry,
  unknownEvent,
  unknownPath,
  unknownTimeZone,
] as const satisfies readonly Check[];
