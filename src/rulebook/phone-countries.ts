import metadata from "libphonenumber-js/min/metadata";

/** The countries whose phone numbers can be read. Of the library it takes the data alone: its code is slow to load. */
export const phoneCountries: ReadonlySet<string> = new Set(Object.keys(metadata.countries));
