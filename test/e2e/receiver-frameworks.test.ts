import type { Delivery, ReceiverOptions } from "../../webhook";
import { type Attempt, forgeries, type Forgery } from "../support/forgeries";
import { type Answered, frameworks, type Service } from "../support/frameworks";
import { optionsFor, type Recorded, recorded, recording } from "../support/webhook";

// Every recorded delivery and every forgery, through every adapter, in the real framework from npm.

// With ALL_FORGERIES=1, what is sent over HTTP is no selection: this takes five minutes.
const isComplete = process.env["ALL_FORGERIES"] === "1";

/** Of changes of which there are very many for a payload type (each byte of each body), every 32nd is sent over HTTP. */
const most = 200;
const step = 32;

const names = Object.keys(recorded);
const all = names.flatMap((name) => forgeries(name, recording(name)));
const counts = Map.groupBy(all, ({ change, name }) => `${change} ${recording(name).target.payloadType}`);
const selection = [...counts.values()].flatMap((same) =>
  same.length > most && !isComplete ? same.filter((_, index) => index % step === 0) : same,
);
const inProcess = ["Fetch", "AWS Lambda"];

/** The route for a delivery: receivers of the same payload type share one, unless their keys differ. */
const routeOf = (name: string, { target }: Recorded) =>
  target.payloadType === "PAYLOAD_TYPE_JSON" ? "/json" : `/${name}`;

/** The attempts that are under way, by the id in their header. */
const sent = new Map<string, Attempt>();
/** The receivers' clock: of all attempts that are under way. */
let now = new Date();
const routes = Object.fromEntries(
  names.map((name): [string, ReceiverOptions] => {
    const genuine = recording(name);
    const signingKey: ReceiverOptions["signingKey"] = ({ headers }) => {
      const key = sent.get(headers["x-attempt"] ?? "")?.options.signingKey;
      return typeof key === "string" ? key : undefined;
    };
    return [routeOf(name, genuine), { ...optionsFor(genuine), signingKey, now: () => now, onRefused: () => undefined }];
  }),
);

const skipped = /^(?:host|content-length|connection|transfer-encoding|accept-encoding)$/i;

async function post(service: Service, name: string, attempt: Attempt): Promise<Answered> {
  const id = String(sent.size);
  sent.set(id, attempt);
  const headers = Object.entries(attempt.headers).filter(([header]) => !skipped.test(header));
  const type = { "Content-Type": "application/json", "X-Attempt": id };
  return service.post(routeOf(name, recording(name)), { ...Object.fromEntries(headers), ...type }, attempt.body);
}

/** Sends forgeries, some at a time, and returns those that were not rejected as they should be. */
async function unexpected(service: Service, tries: readonly Forgery[]): Promise<unknown[]> {
  const wrong: unknown[] = [];
  const attempts = await Promise.all(tries.map(async (one) => ({ ...one, given: await one.attempt() })));
  for (const sameTime of Map.groupBy(attempts, ({ given }) => given.options.now?.().getTime()).values()) {
    now = sameTime[0]?.given.options.now?.() ?? new Date();
    sent.clear();
    const rest = sameTime.values();
    const sender = async () => {
      for (const { name, change, what, codes, given } of rest) {
        const { status, text } = await post(service, name, given);
        const { error } = JSON.parse(text) as { error: string };
        if (status < 400 || status >= 500 || !codes.includes(error)) wrong.push({ name, change, what, status, text });
      }
    };
    await Promise.all(Array.from({ length: 8 }, sender));
  }
  return wrong;
}

test("deliveries and forgeries of every payload type are sent", () => {
  expect({ deliveries: names.length, forgeries: all.length }).toEqual({ deliveries: 23, forgeries: 63_419 });
  if (!isComplete) expect(selection).toHaveLength(2_881);
  expect(new Set(selection.map(({ change, name }) => `${change} ${recording(name).target.payloadType}`)).size).toBe(
    new Set(all.map(({ change, name }) => `${change} ${recording(name).target.payloadType}`)).size,
  );
});

describe.each(Object.entries(frameworks))("%s", (framework, start) => {
  const tries = inProcess.includes(framework) ? all : selection;
  const handled: Delivery[] = [];
  let service: Service;
  beforeAll(async () => {
    service = await start(routes, (delivery) => void handled.push(delivery));
  });
  afterAll(() => service.close());

  test(`accepts ${names.length} recorded deliveries`, async () => {
    for (const name of names) {
      const { headers, body, receivedAtUnix, target } = recording(name);
      now = new Date(receivedAtUnix * 1_000);
      sent.clear();
      handled.length = 0;
      expect(await post(service, name, { headers, body, options: optionsFor(recording(name)) })).toEqual({
        status: 200,
        text: "",
      });
      expect(handled).toEqual([expect.objectContaining({ kind: name.split("-")[0], payloadType: target.payloadType })]);
    }
  });

  test(`rejects ${tries.length} forgeries, each with the right code`, async () => {
    handled.length = 0;
    expect(await unexpected(service, tries)).toEqual([]);
    expect(handled).toEqual([]);
  }, 900_000);
});
