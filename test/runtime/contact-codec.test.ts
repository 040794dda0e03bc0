import fc from "fast-check";
import { expect, test } from "vitest";
import { newContact } from "../../src/core/model/contact.ts";
import { decodeContact, encodeContact } from "../../src/runtime/contact-codec.ts";

const docOf = (key: string, body: Uint8Array) => ({ key, rev: "1", body, writtenAt: 0 });

test("a contact comes back as it was written, whatever of it is usual", () => {
  const whole = fc
    .record({
      key: fc.constantFrom("id:c1", "phone:+12025550100", "email:ana@example.com"),
      parts: fc.record(
        {
          id: fc.constantFrom(null, "c1", "c2"),
          attributes: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.constant({}), fc.constant(null))),
          addresses: fc.constantFrom(
            {},
            { phone: { address: "+12025550100", at: 0 } },
            { email: { address: "b", at: 7 } },
          ),
          tags: fc.array(fc.string(), { maxLength: 2 }),
          seen: fc.constantFrom({}, { "5": "abcdefghij" }),
          spoken: fc.nat(2),
          emitted: fc.record({ hour: fc.nat(1), count: fc.nat(1) }),
        },
        { requiredKeys: [] },
      ),
    })
    .map(({ key, parts }) => Object.assign(newContact(key), parts));
  fc.assert(
    fc.property(whole, (contact) => {
      expect(decodeContact(docOf(contact.key, encodeContact(contact)))).toEqual(contact);
    }),
  );
});

test("what a new contact has is not written, and a document that has it written reads the same", () => {
  const ana = { ...newContact("id:ana"), tags: ["lead"] };
  const body = encodeContact(ana);
  expect(JSON.parse(Buffer.from(body).toString("utf8"))).toEqual({
    schema_version: 1,
    key: "id:ana",
    id: "ana",
    tags: ["lead"],
  });
  expect(decodeContact(docOf("id:ana", Buffer.from(JSON.stringify(ana))))).toEqual(ana);
});
