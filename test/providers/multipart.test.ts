import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fieldText, parseMultipart } from "../../src/providers/multipart.ts";
import type { MultipartForm } from "../../src/providers/multipart.ts";

const contentType = "multipart/form-data; boundary=xYzZY";

function form(body: string | Uint8Array, type = contentType): MultipartForm {
  const parsed = parseMultipart(type, Buffer.from(body));
  if ("malformed" in parsed) throw new Error(parsed.malformed);
  return parsed;
}

const part = (disposition: string, content: string) =>
  `--xYzZY\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${content}\r\n`;
const end = "--xYzZY--\r\n";

describe("a multipart form", () => {
  it("gives its fields and the names of its files, whose bytes are not kept", () => {
    const body = `${part('name="text"', "Yes,\r\nplease")}${part('name="attachment1"; filename="a \\"b\\".txt"', "hello")}${end}`;
    const parsed = form(body);
    expect(fieldText(parsed, "text")).toBe("Yes,\r\nplease");
    expect(parsed.files).toEqual([{ field: "attachment1", name: 'a "b".txt', bytes: 5 }]);
    expect(fieldText(parsed, "attachment1")).toBeNull();
  });

  it("may have a preamble, an epilogue, a quoted boundary, empty fields and names without quotes", () => {
    const body = `hello\r\n${part("name=a", "")}${part('name="b"', "--xYzZ")}${end}goodbye`;
    const parsed = form(body, 'multipart/form-data; charset=utf-8; boundary="xYzZY"');
    expect([...parsed.fields.keys()]).toEqual(["a", "b"]);
    expect(fieldText(parsed, "b")).toBe("--xYzZ");
  });

  it("takes the first of two fields of one name", () => {
    expect(fieldText(form(`${part('name="a"', "1")}${part('name="a"', "2")}${end}`), "a")).toBe("1");
  });

  it("is read in the character set of each field, and as UTF-8 where nobody knows that set", () => {
    const body = Buffer.concat([
      Buffer.from(`--xYzZY\r\nContent-Disposition: form-data; name="text"\r\n\r\n`),
      Buffer.from([0x67, 0xfc, 0x6e]),
      Buffer.from(`\r\n${end}`),
    ]);
    const parsed = form(body);
    expect(fieldText(parsed, "text", "iso-8859-1")).toBe("gün");
    expect(fieldText(parsed, "text", "x-no-such-set")).toBe("g\uFFFDn");
  });

  it.each([
    ["without its end", part('name="a"', "1")],
    ["with a part without a name", `${part('filename="x"', "1")}${end}`],
    ["with a part without headers", `--xYzZY\r\n\r\nx\r\n${end}`],
    ["with very long headers", `--xYzZY\r\nX: ${"x".repeat(20_000)}\r\n\r\n1\r\n${end}`],
    ["of too many parts", `${part('name="a"', "1").repeat(1_001)}${end}`],
    ["that is empty", ""],
  ])("%s is refused", (_, body) => {
    expect(parseMultipart(contentType, Buffer.from(body))).toHaveProperty("malformed");
  });

  it.each([[undefined], ["text/plain"], ["multipart/form-data"], ['multipart/form-data; boundary=""']])(
    "of type %s is refused",
    (type) => {
      expect(parseMultipart(type, Buffer.from(`${part('name="a"', "1")}${end}`))).toHaveProperty("malformed");
    },
  );

  it("never throws and gives back what was put in, whatever that is", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        parseMultipart(contentType, bytes);
        const body = Buffer.concat([
          Buffer.from(`--xYzZY\r\nContent-Disposition: form-data; name="a"\r\n\r\n`),
          bytes,
          Buffer.from(`\r\n${end}`),
        ]);
        expect(Buffer.from(form(body).fields.get("a") ?? [])).toEqual(Buffer.from(bytes));
      }),
    );
  });
});
