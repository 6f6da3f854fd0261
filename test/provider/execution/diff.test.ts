import { executionLifecycle } from "../../../provider/execution/lifecycle";
import { unknown } from "../../../provider/core/properties";

const method = "/zitadel.session.v2.SessionService/ListSessions";
const inputs = { condition: { request: { method } }, targets: ["1", "2"], adopt: true };
const state = { ...inputs, creationDate: "2026-07-01T00:00:00.000001Z", changeDate: "2026-07-01T00:00:00.000001Z" };

function diff(news: Record<string, unknown>, olds: Record<string, unknown> = state) {
  return executionLifecycle.diff(olds, news);
}

describe("what changes nothing", () => {
  test.each<[string, Record<string, unknown>]>([
    ["the same", inputs],
    ["adopt, which counts when the execution is created", { ...inputs, adopt: false }],
    ["allowLockout, which counts when it is checked", { ...inputs, allowLockout: true }],
    ["the instance, which is `Managed`'s to compare", { ...inputs, instance: "eu" }],
    ["an instance not yet known, likewise", { ...inputs, instance: unknown }],
    ["a condition with what is not given spelt out", { ...inputs, condition: { request: { method, all: null } } }],
  ])("%s", (_case, news) => expect(diff(news)).toMatchObject({ changes: false, replaces: [] }));
});

describe("what is set anew in place", () => {
  test.each<[string, unknown]>([
    ["another target", ["1", "3"]],
    ["another order", ["2", "1"]],
    ["one more", ["1", "2", "3"]],
    ["one less", ["1"]],
    ["a list not yet known", unknown],
    ["a target not yet known", ["1", unknown]],
  ])("%s", (_case, targets) => expect(diff({ ...inputs, targets })).toMatchObject({ changes: true, replaces: [] }));
});

describe("what replaces: the new one is set before the old one goes", () => {
  test.each<[string, Record<string, unknown>, string[]]>([
    ["the other kind", { condition: { response: { method } } }, ["condition"]],
    [
      "the method's service",
      { condition: { request: { service: "zitadel.session.v2.SessionService" } } },
      ["condition"],
    ],
    ["a condition not yet known", { condition: unknown }, ["condition"]],
    ["a word not yet known", { condition: { request: { method: unknown } } }, ["condition"]],
  ])("%s", (_case, more, replaces) =>
    expect(diff({ ...inputs, ...more })).toEqual({ changes: true, replaces, deleteBeforeReplace: false }),
  );
});

describe("a replacement that somebody forces deletes first where both would have one id", () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["with the same list", inputs, state],
    ["with another list", { ...inputs, targets: ["3"] }, state],
    ["on a named instance", { ...inputs, instance: "eu" }, { ...state, instance: "eu" }],
  ])("%s", (_case, news, olds) => expect(diff(news, olds)).toMatchObject({ replaces: [], deleteBeforeReplace: true }));
});
