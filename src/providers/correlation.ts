/**
 * The names under which our own ids travel with a message and come back in the vendor's events: as custom arguments,
 * metadata or query parameters. They are prefixed because vendors mix them with fields of their own.
 */
export const intentArgumentName = "heed_intent";
export const contactArgumentName = "heed_contact";
export const ruleArgumentName = "heed_rule";
