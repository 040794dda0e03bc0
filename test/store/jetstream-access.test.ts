import { describe, expect, it } from "vitest";
import { readNatsUrl } from "../../src/store/jetstream-access.ts";

describe("the URL of a NATS server", () => {
  it.for([
    ["nats://127.0.0.1:4222", { servers: ["127.0.0.1:4222"], encrypted: false, login: null }],
    ["nats://nats", { servers: ["nats:4222"], encrypted: false, login: null }],
    ["nats://[::1]:4333/", { servers: ["[::1]:4333"], encrypted: false, login: null }],
    ["tls://a.example.com", { servers: ["a.example.com:4222"], encrypted: true, login: null }],
    ["nats://a:1, nats://b:2,c:3", { servers: ["a:1", "b:2", "c:3"], encrypted: false, login: null }],
    ["nats://a:1,tls://b:2", { servers: ["a:1", "b:2"], encrypted: true, login: null }],
    ["nats://t0ken@a:1", { servers: ["a:1"], encrypted: false, login: { kind: "token", token: "t0ken" } }],
    [
      "nats://heed:p%40s%3As%2Fw%2C@a:1,nats://b:2",
      {
        servers: ["a:1", "b:2"],
        encrypted: false,
        login: { kind: "password", user: "heed", password: "p@s:s/w," },
      },
    ],
    [
      "nats://heed:1234@a:1,nats://heed:1234@b:2",
      { servers: ["a:1", "b:2"], encrypted: false, login: { kind: "password", user: "heed", password: "1234" } },
    ],
  ] as const)("reads %s", ([text, address]) => {
    expect(readNatsUrl(text)).toEqual(address);
  });

  it.for([
    ["http://secret@a:1", "it begins with neither nats:// nor tls://"],
    ["nats://", "it is not host:port"],
    ["nats://heed:s3cret@word@a:1", "it is not host:port; in a user name, password or token write @ as %40"],
    ["nats://a:1,nats://heed:s3cret/@b:2", "server 2 in it is not host:port"],
    ["nats://a:1 nats://b:2", "it is not host:port"],
    ["nats://a:123456", "it is not host:port"],
    ["nats://a:70000", "it is not host:port"],
    ["nats://one:s3cret@a:1,nats://two:s3cret@b:2", "its servers have different logins"],
    ["nats://heed:s3cret%zz@a:1", "a % in its login is followed by no two hexadecimal digits"],
  ])("refuses %s and does not repeat it", ([text = "", why = ""]) => {
    const read = readNatsUrl(text);
    const fault = "fault" in read ? read.fault : "";
    expect(fault).toContain(why);
    expect(fault).not.toContain("s3cret");
  });
});
