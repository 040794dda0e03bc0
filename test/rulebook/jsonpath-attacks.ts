/** Set by any of the expressions that is run. */
export const mark = "heedPwned";

const call = `globalThis.${mark}=1`;

/**
 * Paths that ran code in a well-known JSONPath library, one round after the other (CVE-2024-21534, CVE-2025-1302 and
 * those that followed), with a mark instead of harm.
 */
export const jsonPathAttacks: readonly string[] = [
  `$[?(this.constructor.constructor('${call}')())]`,
  `$..[?(@.constructor.constructor("${call}")())]`,
  `$[?(var _$_root=[].constructor.constructor("${call}");@root())]`,
  `$[?(@.x=[].constructor.constructor("${call}")())]`,
  `$[?([]["constructor"]["constructor"]("${call}")())]`,
  `$[?(@['constructor']['constructor']('${call}')())]`,
  `$[(this.constructor.constructor("${call}")())]`,
  `$[?(p="${call}";a=''[['constructor']][['constructor']](p);a())]`,
  `$..[?(''.sub.call.call({}["constructor"].getOwnPropertyDescriptor(''.sub.__proto__,"constructor").value,null,"${call}")())]`,
  `$[?(({}).__lookupGetter__.call(''.sub,'caller'))]`,
  `$[?(this.__defineGetter__('x', this.constructor.constructor('${call}')))]`,
  `$.__proto__.constructor.constructor('${call}')`,
  `$[?(@property === 'a' && (globalThis['${mark}']=1))]`,
  `$..[(async function(){ ${call} })()]`,
  `$[?(import('node:fs').then(() => ${call}))]`,
  `$[?(process.mainModule.require('fs'))]`,
  `$[?(\`\${${call}}\`)]`,
  `@.constructor.constructor("${call}")()`,
  `event[?(@.constructor.constructor('${call}')())]`,
  `event.data[(0).constructor.constructor("${call}")()]`,
  `contact.constructor.constructor('${call}')()`,
  `contact['__proto__']['${mark}']`,
  "event.__proto__.polluted",
  "contact.constructor.prototype.polluted",
  "event.data.__lookupGetter__",
  "$..*",
  "$",
  "*",
];
