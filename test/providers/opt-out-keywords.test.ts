import { describe, expect, it } from "vitest";
import { mayBeOptOut, optOutKeyword } from "../../src/core/model/opt-out-keywords.ts";

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
    ["STOP STOP"],
    ["Stop!!! stop!!!"],
    ["Stop\n\nSent from my iPhone"],
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

describe("a message that reads like an opt-out", () => {
  it.each([
    ["Please stop!"],
    ["please   STOP\ntexting me"],
    ["Stop texting me you weirdos"],
    ["Don’t text me again"],
    ["do not contact this number"],
    ["Remove me from your list"],
    ["unsubscribe me, thanks"],
    ["just leave me alone"],
    ["No more messages."],
    ["I want to opt out of this"],
    ["You have the wrong number"],
    ["stop now"],
    ["Stop all messages"],
    ["STOP emails please"],
    ["unsub"],
    ["I said STOP"],
    ["quit texting me"],
    ["I revoke my consent"],
    ["remove my number"],
    ["Arrêtez !"],
    ["🛑"],
  ])("is %j", (text) => {
    expect(mayBeOptOut(text, [])).toBe(true);
  });

  it.each([
    ["I'll stop by tomorrow"],
    ["non-stop"],
    ["irrevocable"],
    ["can you cancel my appointment?"],
    ["don't stop"],
    ["We removed the old roof"],
    ["unsubscribed"],
    ["the bus stops here, please wait"],
    [""],
    ["I can't stop it from raining"],
    ["stop the car at the corner"],
  ])("is not %j", (text) => {
    expect(mayBeOptOut(text, [])).toBe(false);
  });

  it("may have the workspace's own words, whatever their accents and case", () => {
    expect(mayBeOptOut("por favor NO ME ESCRIBAN más", ["no me escríban"])).toBe(true);
    expect(mayBeOptOut("anything", ["", "!"])).toBe(false);
  });
});
