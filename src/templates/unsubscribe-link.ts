/** The variable of the link by which the recipient of a marketing email ends it. */
export const unsubscribeVariable = "unsubscribe_url";

/**
 * What a rendered text has in its place. The link is a secret of its recipient, so that it is put in as the message goes
 * out, and neither documents nor accounts hold it. Nobody can be at an address of this domain.
 */
export const unsubscribeMark = "https://unsubscribe.invalid/";
