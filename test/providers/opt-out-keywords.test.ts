import { describe, expect, it } from "vitest";
import { optOutKeyword } from "../../src/core/model/opt-out-keywords.ts";

describe("an opt-out keyword", () => {
  it.each([
    ["STOP"],
    ["Stop."],
    ["  stop \n"],
    ["s t o p"],
    ["STOP!!!"],
    ["🛑 Stop 🛑"],
    ["“stop”"],
    ["ＳＴＯＰ"],
    ["STOPALL"],
    ["Stop all"],
    ["stopp"],
    ["unsubscribe"],
    ["Unsubscribe."],
    ["CANCEL"],
    ["end"],
    ["Quit"],
    ["revoke"],
    ["OptOut"],
    ["opt out"],
    ["OPT-OUT"],
    ["remove"],
    ["ARRET"],
    ["arrêt"],
    ["arre\u0302t"],
    ["TD"],
  ])("stops when it is the whole of %j", (text) => {
    expect(optOutKeyword(text, [])).toBe("stop");
  });

  it.each([
    ["I'll stop by tomorrow"],
    ["non-stop"],
    ["irrevocable"],
    ["can you cancel my appointment?"],
    ["the end of the month"],
    ["don't stop"],
    ["stopping"],
    [""],
    ["   "],
    ["🛑"],
    ["nope"],
    ["Yes, tell me more"],
  ])("is not read into %j", (text) => {
    expect(optOutKeyword(text, [])).toBeNull();
  });

  it("resumes, explains, or says yes, which is for the core to judge", () => {
    expect([optOutKeyword("Start", []), optOutKeyword("un-stop", [])]).toEqual(["start", "start"]);
    expect([optOutKeyword("HELP?", []), optOutKeyword("info", [])]).toEqual(["help", "help"]);
    expect(optOutKeyword("Yes!", [])).toBe("yes");
  });

  it("may be the workspace's own", () => {
    expect(optOutKeyword("BAJA", [])).toBeNull();
    expect(optOutKeyword("Baja.", ["baja"])).toBe("stop");
    expect(optOutKeyword("desuscribir me", ["Desuscribir-me"])).toBe("stop");
    expect(optOutKeyword("anything", ["", "!"])).toBeNull();
  });
});
