import { isDeepStrictEqual } from "node:util";
import type { Client } from "../../provider/core/client";
import type { Clock } from "../../provider/api/retry";
import type { Lifecycle } from "../../provider/core/lifecycle";
import type { Properties } from "../../provider/core/properties";
import { Managed } from "../../provider/core/managed";
import { targetLifecycle } from "../../provider/target/lifecycle";
import { startZitadel, type User, type Zitadel, type ZitadelOptions } from "../../local/zitadel";
import { marks } from "./marks";
import { clientFor, type FakeClock } from "./provider";

/** A mock ZITADEL server, and lifecycles that call it over HTTP, as one provider process would. */
export interface World {
  readonly zitadel: Zitadel;
  readonly warnings: string[];
  /** What the provider told, beside its warnings. */
  readonly told: string[];
  /** How long the provider has slept, in milliseconds of its own clock. */
  slept(): number;
  /** Another process with the same settings, or with another user's token. */
  process(user?: User): Process;
  stop(): Promise<void>;
}

/** A resource's lifecycle as the adapter calls it: `check` first, then what follows from it. */
export interface Life {
  readonly client: Client;
  check(news: Properties, olds?: Properties): Properties;
  create(news: Properties): Promise<{ id: string; state: Properties }>;
  read(id: string, state?: Properties): Promise<{ state: Properties; inputs: Properties } | undefined>;
  update(id: string, state: Properties, news: Properties): Promise<Properties>;
  delete(id: string, state?: Properties): Promise<void>;
}

export type TargetLife = Life;

/** A provider process: the lifecycle of targets, and any other one. */
export interface Process extends Life {
  of(lifecycle: Lifecycle): Life;
}

export interface WorldOptions extends ZitadelOptions {
  /** The one clock of ZITADEL and the provider. Default: ZITADEL has the machine's, and the provider's sleeps take no time. */
  clock?: FakeClock;
}

export async function openWorld({ clock, ...options }: WorldOptions = {}): Promise<World> {
  const zitadel = await startZitadel(clock === undefined ? options : { now: () => new Date(clock.now()), ...options });
  const warnings: string[] = [];
  const told: string[] = [];
  let slept = 0;
  const ownClock: Clock = {
    now: () => performance.now() + slept,
    date: () => Date.now(),
    sleep: (milliseconds) => {
      slept += milliseconds;
      return Promise.resolve();
    },
    random: () => 0.5,
  };
  return {
    zitadel,
    warnings,
    told,
    slept: () => clock?.slept.reduce((sum, pause) => sum + pause, 0) ?? slept,
    process: (user) => {
      const accessToken = user?.accessToken ?? zitadel.accessToken;
      const client = clientFor({ url: zitadel.url, accessToken }, { clock: clock ?? ownClock });
      const of = (lifecycle: Lifecycle) => lifeOf(lifecycle, client, warnings, told);
      return { ...of(targetLifecycle), of };
    },
    stop: () => zitadel.stop(),
  };
}

function lifeOf(lifecycle: Lifecycle, client: Client, warnings: string[], told: string[]): Life {
  const log = {
    warn: (message: string) => void warnings.push(written("a warning", message)),
    info: (message: string) => void told.push(written("what the provider told", message)),
  };
  // Resources without a name: each call is another one's.
  const managed = new Managed(lifecycle, { client: () => client, problem: () => undefined, others: () => [] }, log);
  const check = (news: Properties, olds?: Properties) => {
    const { inputs, failures } = managed.check(undefined, { olds, news, logicalName: "hook" });
    if (failures.length > 0) throw new Error(`check failed: ${JSON.stringify(failures)}`);
    return inputs;
  };
  return {
    client,
    check,
    create: (news) => watched(managed.create(undefined, check(news)).then(withoutOrigin)),
    read: (id, state = {}) =>
      watched(managed.read(undefined, id, state).then((found) => found && withoutOrigin(found))),
    update: (id, state, news) =>
      watched(
        managed.update(undefined, id, state, check(news, state)).then((next) => withoutOrigin({ state: next }).state),
      ),
    delete: (id, state = {}) => watched(managed.delete(undefined, id, state)),
  };
}

/** Ignores where the object is: `managed-*.test.ts` test that. */
function withoutOrigin<Found extends { readonly state: Properties }>(found: Found): Found {
  const { __origin: _, ...state } = found.state;
  return { ...found, state };
}

function written(where: string, text: string): string {
  marks.write(where, text);
  return text;
}

/** The same, and what it fails with is searched for secrets. */
async function watched<T>(act: Promise<T>): Promise<T> {
  try {
    return await act;
  } catch (error) {
    marks.writeError("an error", error);
    throw error;
  }
}

/** Opens a world before each test and closes it after. */
export function eachInItsOwnWorld(take: (world: World) => void, options: () => WorldOptions = () => ({})): void {
  let world: World;
  beforeEach(async () => {
    world = await openWorld(options());
    take(world);
  });
  afterEach(() => world.stop());
}

/** A target that is valid in every way. */
export const webhook = { endpoint: "https://example.com/hook", timeout: "10s", restWebhook: {} };

/** The requests that ZITADEL got, by operation, without those that it did not get. */
export function seen(zitadel: Zitadel): Record<string, number> {
  return Object.fromEntries(Object.entries(zitadel.count()).filter(([, count]) => count > 0));
}

/** Whether nothing but questions came: searches, and updates of nothing, which ask the write side. */
export function onlyQuestions({ requests }: Zitadel): boolean {
  return requests.every(
    ({ operation, body }) => operation.startsWith("search") || (operation === "update" && isDeepStrictEqual(body, {})),
  );
}
