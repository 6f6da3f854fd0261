import { consequenceOf } from "../local/zitadel/delivery/once";
import {
  type About,
  type Answer,
  appendAttributes,
  appendClaims,
  appendLogClaims,
  forwardStatus,
  setUserMetadata,
  webhook,
} from "../webhook";
import { sampleEvent, sampleFunction, sampleRequest, sampleResponse } from "../webhook/testing";
import { headersOf, options } from "./support/webhook";

// Answers of handlers: what ZITADEL would ignore or fail on is reported to the receiver's owner, and never sent.

const method = "/zitadel.user.v2.UserService/AddHumanUser";
const about = {
  token: { kind: "function", payload: sampleFunction("preaccesstoken") },
  userinfo: { kind: "function", payload: sampleFunction("preuserinfo") },
  saml: { kind: "function", payload: sampleFunction("presamlresponse") },
  request: { kind: "request", payload: sampleRequest(method) },
  response: { kind: "response", payload: sampleResponse(method) },
  event: { kind: "event", payload: sampleEvent("user.human.added") },
} as const satisfies Record<string, About>;
type Name = keyof typeof about;

/** What a receiver sends if its handler answers so, and what its owner is told. */
async function answered(name: Name, answer: unknown): Promise<{ status: number; body: string; told: string }> {
  let told = "";
  const onFailed = (error: unknown) => void (told = String(error));
  const body = JSON.stringify(about[name].payload);
  const receive = webhook({ ...options, onFailed }, () => answer as Answer);
  const response = await receive(new Request("http://a/", { method: "POST", headers: headersOf(body), body }));
  return { status: response.status, body: await response.text(), told };
}

/** Whether the mock server uses all of an answer. */
function isUsable(name: Name, answer: unknown): boolean {
  const { rejection, ignored } = consequenceOf("restCall", about[name], { status: 200, body: JSON.stringify(answer) });
  const isForwarded = rejection?.error.id === "EXEC-reUaUZCzCp";
  return (rejection === undefined || isForwarded) && ignored.length === 0;
}

const claim = { key: "a", value: 1 };
test.each<[Name, unknown]>([
  ["token", {}],
  ["token", { ...appendClaims({ a: null, b: {} }), ...appendLogClaims("b"), ...setUserMetadata({ c: "ä", d: "" }) }],
  ["userinfo", { append_claims: [], append_log_claims: null }],
  ["userinfo", { Append_Claims: [{ Key: "a", VALUE: 1 }] }],
  ["saml", { ...appendAttributes({ team: ["a"], role: { format: "urn:x", values: [] } }), ...setUserMetadata({}) }],
  ["saml", { append_attribute: [{ name: "a", value: [] }] }],
  ["token", forwardStatus(403, "no")],
  ["request", forwardStatus(429, "later")],
  ["request", about.request.payload.request],
  ["response", about.response.payload.response],
  ["request", { append_claims: 1 }],
])("%s: %j is sent", async (name, answer) => {
  if (name !== "request") expect(isUsable(name, answer)).toBe(true);
  expect(await answered(name, answer)).toEqual({ status: 200, body: JSON.stringify(answer), told: "" });
});

test.each<[Name, unknown, string]>([
  ["token", { claims: { a: 1 } }, "has only append_claims, append_log_claims, set_user_metadata."],
  ["token", about.token.payload, "has only append_claims"],
  ["token", appendAttributes({ a: ["b"] }), "has only append_claims"],
  ["saml", appendClaims({ a: 1 }), "has only append_attribute, set_user_metadata."],
  ["saml", appendLogClaims("a"), "function/presamlresponse has only"],
  ["token", { append_claims: { a: 1 } }, "create it with `appendClaims()`"],
  ["token", { append_claims: [{ key: 1, value: 1 }] }, "`appendClaims()`"],
  ["token", { append_claims: [claim, "a"] }, "`appendClaims()`"],
  ["token", { append_claims: [{ key: "urn:zitadel:iam:org:id", value: 1 }] }, "choose another name"],
  ["userinfo", { append_log_claims: "a" }, "`appendLogClaims()`"],
  ["userinfo", { append_log_claims: [1] }, "`appendLogClaims()`"],
  ["token", { set_user_metadata: { a: "b" } }, "`setUserMetadata()`"],
  ["token", { set_user_metadata: [{ key: "a", value: "plain text" }] }, "`setUserMetadata()`"],
  ["token", { set_user_metadata: [{ key: "a", value: "YQ" }] }, "`setUserMetadata()`"],
  ["saml", { append_attribute: [{ name: "a", value: "b" }] }, "`appendAttributes()`"],
  ["saml", { append_attribute: [{ name: "a", name_format: 1, value: [] }] }, "`appendAttributes()`"],
  ["token", { forwardedStatusCode: 500, forwardedErrorMessage: "no" }, "turns any other status into a 500"],
  ["request", { forwardedStatusCode: 200, forwardedErrorMessage: "no" }, "turns any other status into a 500"],
  ["response", { forwardedErrorMessage: "no" }, "turns any other status into a 500"],
])("%s: %j is an error, since ZITADEL would ignore a part of it or fail on it", async (name, answer, message) => {
  expect(isUsable(name, answer)).toBe(false);
  expect(await answered(name, answer)).toEqual({
    status: 500,
    body: '{"error":"answer_invalid"}',
    told: expect.stringContaining(message) as string,
  });
});

test.each<[Name, unknown]>([
  ["token", { append_claims: [{ key: "a" }] }],
  ["token", appendClaims({ a: undefined as unknown as string })],
  ["token", { append_claims: [{ key: "", value: 1 }] }],
  ["token", { set_user_metadata: [{ value: "YQ==" }] }],
  ["request", { forwardedStatusCode: 403, forwardedErrorMessage: 1 }],
  ["event", { fullMethod: "/a" }],
])("%s: %j is an error, since it cannot be meant", async (name, answer) => {
  expect(await answered(name, answer)).toMatchObject({ status: 500, body: '{"error":"answer_invalid"}' });
});

test("an answer to an event may be anything, because ZITADEL ignores it", async () => {
  expect(await answered("event", { claims: 1 })).toMatchObject({ status: 200, told: "" });
});

test("an answer that is nested too deep to be written is an error", async () => {
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i++) deep = [deep];
  for (const name of ["token", "request"] as const) {
    const answer = { append_claims: [{ key: "a", value: deep }] };
    expect(await answered(name, answer)).toMatchObject({ status: 500, body: '{"error":"answer_invalid"}' });
  }
});
