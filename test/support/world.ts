import type { Client } from "../../provider/client";
import type { Clock } from "../../provider/retry";
import type { Properties } from "../../provider/lifecycle";
import { targetLifecycle } from "../../provider/target/lifecycle";
import { startZitadel, type User, type Zitadel, type ZitadelOptions } from "../../local/zitadel";
import { clientFor } from "./provider";

/** A stand-in of ZITADEL and a lifecycle that talks to it over HTTP, as one provider process would. */
export interface World {
  readonly zitadel: Zitadel;
  readonly warnings: string[];
  /** What the provider told, beside its warnings. */
  readonly told: string[];
  /** How long the provider has slept, in milliseconds of its own clock. */
  slept(): number;
  /** Another process with the same settings, or with another user's token. */
  process(user?: User): TargetLife;
  stop(): Promise<void>;
}

/** A target's lifecycle as the adapter calls it: `check` first, then what follows from it. */
export interface TargetLife {
  readonly client: Client;
  check(news: Properties, olds?: Properties): Properties;
  create(news: Properties): Promise<{ id: string; state: Properties }>;
  read(id: string, state?: Properties): Promise<{ state: Properties; inputs: Properties } | undefined>;
  update(id: string, state: Properties, news: Properties): Promise<Properties>;
  delete(id: string, state?: Properties): Promise<void>;
}

export async function openWorld(options: ZitadelOptions = {}): Promise<World> {
  const zitadel = await startZitadel(options);
  const warnings: string[] = [];
  const told: string[] = [];
  let slept = 0;
  const clock: Clock = {
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
    slept: () => slept,
    process: (user) =>
      lifeOf(
        clientFor({ url: zitadel.url, accessToken: user?.accessToken ?? zitadel.accessToken }, { clock }),
        warnings,
        told,
      ),
    stop: () => zitadel.stop(),
  };
}

function lifeOf(client: Client, warnings: string[], told: string[]): TargetLife {
  const context = {
    client,
    warn: (message: string) => void warnings.push(message),
    info: (message: string) => void told.push(message),
  };
  const check = (news: Properties, olds?: Properties) => {
    const { inputs, failures } = targetLifecycle.check({ olds, news, logicalName: "hook", claim: () => undefined });
    if (failures.length > 0) throw new Error(`check failed: ${JSON.stringify(failures)}`);
    return inputs;
  };
  return {
    client,
    check,
    create: (news) => targetLifecycle.create(context, check(news)),
    read: (id, state = {}) => targetLifecycle.read(context, id, state),
    update: (id, state, news) => targetLifecycle.update(context, id, state, check(news, state)),
    delete: (id, state = {}) => targetLifecycle.delete(context, id, state),
  };
}

/** Opens a world before each test and closes it after. */
export function eachInItsOwnWorld(take: (world: World) => void): void {
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
    take(world);
  });
  afterEach(() => world.stop());
}

/** A target that is valid in every way. */
export const webhook = { endpoint: "https://example.com/hook", timeout: "10s", restWebhook: {} };

/** What ZITADEL saw, without the operations that it did not. */
export function seen(zitadel: Zitadel): Record<string, number> {
  return Object.fromEntries(Object.entries(zitadel.count()).filter(([, count]) => count > 0));
}
