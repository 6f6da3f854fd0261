import { unknown } from "../../../provider/core/properties";
import { targetLifecycle } from "../../../provider/target/lifecycle";

const state = {
  name: "hook",
  endpoint: "https://example.com/hook",
  timeout: "90s",
  restWebhook: {},
  payloadType: "PAYLOAD_TYPE_JSON",
  rotationTriggers: [{ month: "2026-11", by: [1, 2] }],
  signingKey: "key",
  creationDate: "2026-11-22T00:00:00.000000Z",
  changeDate: "2026-11-22T00:00:00.000000Z",
};
const { signingKey: _key, creationDate: _created, changeDate: _changed, ...inputs } = state;
const { restWebhook: _kind, ...noKind } = inputs;
const { rotationTriggers: _triggers, ...noTriggers } = inputs;

describe("what changes nothing", () => {
  test.each([
    ["the same", inputs],
    ["the same time in another spelling", { ...inputs, timeout: "1m30s" }],
    ["a default that is spelt out", { ...inputs, restWebhook: { interruptOnError: false } }],
    ["triggers with their keys in another order", { ...inputs, rotationTriggers: [{ by: [1, 2], month: "2026-11" }] }],
  ])("%s", (_case, news) => expect(targetLifecycle.diff(state, news)).toMatchObject({ changes: false, replaces: [] }));
});

describe("what updates in place", () => {
  test.each([
    ["name", { ...inputs, name: "Hook" }],
    ["endpoint", { ...inputs, endpoint: "https://example.com/Hook" }],
    ["timeout", { ...inputs, timeout: "91s" }],
    ["payloadType", { ...inputs, payloadType: "PAYLOAD_TYPE_JWT" }],
    ["interruptOnError", { ...inputs, restWebhook: { interruptOnError: true } }],
    ["the kind", { ...noKind, restAsync: {} }],
    ["a kind not yet known", { ...inputs, restWebhook: unknown }],
    ["a flag not yet known", { ...inputs, restWebhook: { interruptOnError: unknown } }],
    ["an endpoint not yet known", { ...inputs, endpoint: unknown }],
    ["other triggers", { ...inputs, rotationTriggers: [] }],
    ["the triggers are removed", noTriggers],
  ])("%s", (_case, news) => expect(targetLifecycle.diff(state, news)).toMatchObject({ changes: true, replaces: [] }));

  test("the first triggers, which have to be remembered", () => {
    const { rotationTriggers: _, ...before } = state;
    expect(targetLifecycle.diff(before, inputs)).toMatchObject({ changes: true, replaces: [] });
  });
});

test("leaves the instance to `Managed`, which knows the servers", () => {
  expect(targetLifecycle.diff(state, { ...inputs, instance: "eu" })).toMatchObject({ changes: false, replaces: [] });
  expect(targetLifecycle.diff({ ...state, instance: "eu" }, inputs)).toMatchObject({ changes: false, replaces: [] });
});
