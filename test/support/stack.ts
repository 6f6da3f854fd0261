import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import type { dynamic } from "@pulumi/pulumi";
import { startZitadel, type Zitadel } from "../../local/zitadel";
import { Connections } from "../../provider/core/connections";
import { executionLifecycle } from "../../provider/execution/lifecycle";
import type { Properties } from "../../provider/core/properties";
import { publicKeyLifecycle } from "../../provider/public-key/lifecycle";
import { systemClock } from "../../provider/api/retry";
import { dynamicProvider } from "../../provider/dynamic/runtime";
import { targetLifecycle } from "../../provider/target/lifecycle";
import { marks } from "./marks";
import { fakeClock, type FakeClock } from "./provider";

// A program of several resources, deployed by one provider process or by several, one after the other. Everything goes through
// the dynamic provider, in the order of calls that Pulumi's engine has, so that a test says only what a program declares.

const lifecycles = { target: targetLifecycle, execution: executionLifecycle, key: publicKeyLifecycle } as const;

/** A resource's kind. */
export type Kind = keyof typeof lifecycles;

/** The text that Pulumi's SDK keeps in every state of a dynamic resource. */
const text = { __provider: "the forwarder" };

/** The dynamic provider, without the `any` of Pulumi's own type. */
interface Provider {
  check(
    olds: Properties,
    news: Properties,
  ): Promise<{ inputs: Properties; failures?: readonly dynamic.CheckFailure[] }>;
  diff(id: string, olds: Properties, news: Properties): Promise<dynamic.DiffResult>;
  create(inputs: Properties): Promise<Made>;
  read(id: string, properties: Properties): Promise<{ id: string; props: Properties; inputs?: Properties }>;
  update(id: string, olds: Properties, news: Properties): Promise<{ outs: Properties }>;
  delete(id: string, properties: Properties): Promise<void>;
}

interface Made {
  readonly id: string;
  readonly outs: Properties;
}

/** A resource as the state has it. */
export interface Entry {
  readonly kind: Kind;
  readonly urn: string;
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
  /** There, but not as declared. */
  readonly isUnfinished?: true;
}

/** What makes a resource another one than its name says. */
export interface Where {
  /** The types of the components that it lies in. */
  readonly parent?: string;
  /** The name that it had before: Pulumi then goes on with that state. */
  readonly alias?: string;
  /** Whether the engine is to replace it whatever its diff says (`pulumi up --replace`). */
  readonly replace?: boolean;
  /** The option of that name. */
  readonly deleteBeforeReplace?: boolean;
}

/** What Pulumi keeps between deployments, and the settings of the next. */
export class Stack {
  readonly entries = new Map<string, Entry>();
  /** What was replaced and is not deleted yet. */
  readonly pending: Entry[] = [];
  /** What the provider processes wrote for the person who reads the log. */
  readonly told: string[] = [];
  readonly config: Record<string, string>;

  constructor(zitadel: Zitadel, instances: Readonly<Record<string, object>> = {}) {
    this.config = { ...configOf(zitadel), "zitadel-actions:instances": JSON.stringify(instances) };
  }

  /** Points the default instance at another server, or at another host of the same one. */
  moveTo(zitadel: Pick<Zitadel, "domain" | "port" | "accessToken">): void {
    Object.assign(this.config, configOf(zitadel));
  }

  /** Starts a provider process. */
  deployment(): Deployment {
    return new Deployment(this);
  }

  entry(name: string): Entry {
    const found = [...this.entries.values()].find(({ urn }) => urn.endsWith(`::${name}`));
    if (found === undefined) throw new Error(`the state has no resource ${name}`);
    return found;
  }

  /** Puts a resource into the state, as another provider or an older version left it there. */
  put(kind: Kind, name: string, id: string, properties: Properties): void {
    const urn = urnOf(kind, name);
    this.entries.set(urn, { kind, urn, id, inputs: properties, outputs: properties });
  }
}

/** One provider process, and what the engine does with it. */
export class Deployment {
  /** What was done, in order: `create b`, `delete a`. */
  readonly steps: string[] = [];
  private readonly declared = new Set<string>();
  private readonly providers: Readonly<Record<Kind, Provider>>;

  constructor(private readonly stack: Stack) {
    const connections = new Connections();
    const { config } = stack;
    connections.configure((key) => config[key], {});
    const of = (kind: Kind) => dynamicProvider(lifecycles[kind], connections) as Provider;
    this.providers = { target: of("target"), execution: of("execution"), key: of("key") };
  }

  /** What the person is shown to be wrong with a resource, and what Pulumi would do with it. */
  async preview(kind: Kind, name: string, news: Properties, where: Where = {}): Promise<Preview> {
    const urn = urnOf(kind, name, where);
    const old = this.old(kind, name, where);
    const { inputs, failures } = await this.check(kind, name, news, where, old);
    // What is replaced anyway, Pulumi does not compare.
    const isCompared = failures.length === 0 && where.replace !== true;
    const result = old && isCompared ? await this.diff(old, inputs) : undefined;
    return { urn, old, inputs, failures, diff: result };
  }

  /** Registers a resource: creates, updates or replaces it, or leaves it as it is. */
  async up(kind: Kind, name: string, news: Properties, where: Where = {}): Promise<Entry> {
    const { urn, old, inputs, failures, diff } = await this.preview(kind, name, news, where);
    if (failures.length > 0) throw new CheckFailed(failures);
    this.declared.add(urn);
    if (old === undefined) return this.create(kind, urn, inputs);
    if (old.urn !== urn) {
      this.stack.entries.delete(old.urn);
      this.stack.entries.set(urn, { ...old, urn });
    }
    const replaces = (diff?.replaces ?? []).length > 0 || where.replace === true;
    const isDeletedFirst = where.deleteBeforeReplace ?? diff?.deleteBeforeReplace ?? false;
    if (replaces) return this.replace(kind, name, news, where, { ...old, urn }, isDeletedFirst);
    if (diff?.changes !== true && old.isUnfinished !== true) return this.keep({ ...old, urn }, inputs);
    const act = () => this.providers[kind].update(old.id, json(old.outputs), json(inputs));
    return this.keepPart(kind, urn, inputs, `update ${name}`, async () => {
      const { outs } = await act();
      return { id: old.id, outs };
    });
  }

  /** Deletes what was replaced, and what the program does not declare. */
  async finish(): Promise<void> {
    await this.deleteReplaced();
    for (const entry of [...this.stack.entries.values()].reverse())
      if (!this.declared.has(entry.urn)) await this.delete(nameOf(entry.urn));
  }

  /** Deletes only what was replaced: the end of a `pulumi up --target`. */
  async deleteReplaced(): Promise<void> {
    const { pending } = this.stack;
    for (const entry of [...pending].reverse()) {
      await this.remove(entry);
      pending.splice(pending.indexOf(entry), 1);
    }
  }

  /** Deletes a resource, as `pulumi destroy --target` does. */
  async delete(name: string): Promise<void> {
    const entry = this.stack.entry(name);
    await this.remove(entry);
    this.stack.entries.delete(entry.urn);
  }

  /** Reads a resource anew; one that is gone leaves the state. */
  async refresh(name: string): Promise<Entry | undefined> {
    const entry = this.stack.entry(name);
    const { kind, urn } = entry;
    const act = () => this.providers[kind].read(entry.id, json(entry.outputs));
    const { id, props, inputs } = await this.heard(`refresh ${name}`, act);
    if (id === "") {
      this.stack.entries.delete(urn);
      return undefined;
    }
    const read = { ...entry, inputs: json({ ...inputs, ...text }), outputs: json({ ...props, ...text }) };
    this.stack.entries.set(urn, read);
    // A refresh compares too.
    await this.diff(read, read.inputs);
    return read;
  }

  /** What `get` reads: an object that exists, no matter who created it. */
  async get(kind: Kind, name: string, id: string, properties: Properties = {}): Promise<Properties | undefined> {
    const known = { ...properties, ...text, __logicalName: name };
    const { props } = await this.heard(`get ${name}`, () => this.providers[kind].read(id, known));
    return props;
  }

  /** Repeats the create of a resource that failed, with what it was given before, as an error hook can have Pulumi do. */
  async repeatCreate(kind: Kind, name: string, inputs: Properties): Promise<Entry> {
    return this.create(kind, urnOf(kind, name), inputs);
  }

  private old(kind: Kind, name: string, { alias, ...where }: Where): Entry | undefined {
    const known = this.stack.entries.get(urnOf(kind, name, where));
    return known ?? (alias === undefined ? undefined : this.stack.entries.get(urnOf(kind, alias)));
  }

  private async check(kind: Kind, name: string, news: Properties, { parent }: Where, old?: Entry) {
    const hidden = { ...text, __logicalName: name, ...(parent !== undefined && { __parent: parent }) };
    const provider = this.providers[kind];
    const { inputs, failures = [] } = await this.heard("check", () =>
      provider.check(json(old?.inputs ?? {}), { ...news, ...hidden }),
    );
    return { inputs: json({ ...inputs, ...text }), failures };
  }

  private diff(old: Entry, inputs: Properties): Promise<dynamic.DiffResult> {
    return this.heard("diff", () => this.providers[old.kind].diff(old.id, json(old.outputs), inputs));
  }

  private create(kind: Kind, urn: string, inputs: Properties): Promise<Entry> {
    const act = () => this.providers[kind].create(json(inputs));
    return this.keepPart(kind, urn, inputs, `create ${nameOf(urn)}`, act);
  }

  private async replace(kind: Kind, name: string, news: Properties, where: Where, old: Entry, isDeletedFirst: boolean) {
    // A replacement is checked as a new resource.
    const { inputs, failures } = await this.check(kind, name, news, where);
    if (failures.length > 0) throw new CheckFailed(failures);
    if (isDeletedFirst) {
      await this.remove(old);
      this.stack.entries.delete(old.urn);
    }
    const made = await this.create(kind, old.urn, inputs);
    if (!isDeletedFirst) this.stack.pending.push(old);
    return made;
  }

  private async remove(entry: Entry): Promise<void> {
    this.steps.push(`delete ${nameOf(entry.urn)}`);
    await this.heard("delete", () => this.providers[entry.kind].delete(entry.id, json(entry.outputs)));
  }

  private keep(entry: Entry, inputs: Properties): Entry {
    const kept = { ...entry, inputs };
    this.stack.entries.set(entry.urn, kept);
    return kept;
  }

  /** Pulumi keeps what a failed operation says that it made. */
  private async keepPart(
    kind: Kind,
    urn: string,
    inputs: Properties,
    step: string,
    act: () => Promise<Made>,
  ): Promise<Entry> {
    this.steps.push(step);
    try {
      const { id, outs } = await this.heard(step, act);
      const entry = { kind, urn, id, inputs, outputs: json({ ...outs, ...text }) };
      this.stack.entries.set(urn, entry);
      return entry;
    } catch (error) {
      const { id, properties } = error as { id?: string; properties?: Properties };
      if (id !== undefined && properties !== undefined)
        this.stack.entries.set(urn, { kind, urn, id, inputs, outputs: json(properties), isUnfinished: true });
      throw error;
    }
  }

  private async heard<T>(what: string, act: () => Promise<T>): Promise<T> {
    const shown = jest.spyOn(console, "error").mockImplementation((line: string) => {
      marks.write("what the provider told", line);
      this.stack.told.push(line);
    });
    try {
      return await act();
    } catch (error) {
      marks.writeError(`the error of ${what}`, error);
      throw error;
    } finally {
      shown.mockRestore();
    }
  }
}

interface Preview {
  readonly urn: string;
  readonly old: Entry | undefined;
  readonly inputs: Properties;
  readonly failures: readonly dynamic.CheckFailure[];
  readonly diff: dynamic.DiffResult | undefined;
}

/** A resource is declared wrongly. */
export class CheckFailed extends Error {
  constructor(readonly failures: readonly dynamic.CheckFailure[]) {
    super(failures.map(({ property, reason }) => `${property} ${reason}`).join("; "));
  }
}

/** What the settings of an instance say of a server. */
export function settingsOf({ domain, port, accessToken }: Pick<Zitadel, "domain" | "port" | "accessToken">): object {
  return { domain, port, insecure: true, accessToken };
}

function configOf({ domain, port, accessToken }: Pick<Zitadel, "domain" | "port" | "accessToken">) {
  return {
    "zitadel-actions:domain": domain,
    "zitadel-actions:port": String(port),
    "zitadel-actions:insecure": "true",
    "zitadel-actions:accessToken": accessToken,
  };
}

/** A host in front of servers; it passes requests to the one that one of these headers names, or to the first. */
export interface Gateway {
  readonly domain: string;
  readonly port: number;
  readonly url: string;
  close(): void;
}

export async function gatewayTo(...servers: readonly [Zitadel, ...Zitadel[]]): Promise<Gateway> {
  const server = createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const named = [headers["x-zitadel-instance-host"], headers["x-forwarded-host"]];
    const { port, url } = servers.find((one) => named.includes(new URL(one.url).host)) ?? servers[0];
    const to = { host: "127.0.0.1", port, method, path, headers: { ...headers, host: new URL(url).host } };
    const forwarded = request(to, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { domain: "localhost", port, url: `http://localhost:${port}`, close };
}

/** A mock server and a stack that deploys to it, both on a clock whose pauses take no time. */
export interface OnFakeClock {
  readonly clock: FakeClock;
  readonly zitadel: Zitadel;
  readonly stack: Stack;
}

/** Opens them before each test, and stops the server after it. */
export function eachOnFakeClock(take: (opened: OnFakeClock) => void): void {
  let zitadel: Zitadel;
  beforeEach(async () => {
    const clock = fakeClock();
    runOn(clock);
    zitadel = await startZitadel({ now: () => new Date(clock.now()) });
    take({ clock, zitadel, stack: new Stack(zitadel) });
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await zitadel.stop();
  });
}

/** Gives every provider process a clock whose pauses take no time. `jest.restoreAllMocks()` ends it. */
export function runOn(clock: FakeClock): void {
  jest.spyOn(systemClock, "now").mockImplementation(() => clock.now());
  jest.spyOn(systemClock, "date").mockImplementation(() => clock.date());
  jest.spyOn(systemClock, "random").mockImplementation(() => clock.random());
  jest.spyOn(systemClock, "sleep").mockImplementation((milliseconds, signal) => clock.sleep(milliseconds, signal));
}

function urnOf(kind: Kind, name: string, { parent }: Where = {}): string {
  return `${parent === undefined ? "" : `${parent}$`}${kind}::${name}`;
}

function nameOf(urn: string): string {
  return urn.slice(urn.indexOf("::") + 2);
}

function json<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
