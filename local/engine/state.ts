// What a stack's resources are, and the file that remembers it: a checkpoint as Pulumi's own file backend writes it.
import { mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Crypter } from "./secrets";
import { isSecret, mapValue, type Props, secret, secretSignature, signature, type Value } from "./values";

/** One resource, in the fields and under the names of Pulumi's state. Never changed in place. */
export interface ResourceState {
  readonly urn: string;
  readonly custom: boolean;
  /** Replaced, and still to be deleted. */
  readonly delete?: boolean;
  readonly id?: string;
  readonly type: string;
  readonly inputs?: Props;
  readonly outputs?: Props;
  readonly parent?: string;
  readonly protect?: boolean;
  readonly external?: boolean;
  readonly dependencies?: readonly string[];
  /** Why it exists but is not ready. */
  readonly initErrors?: readonly string[];
  /** `<urn>::<id>` of its provider. */
  readonly provider?: string;
  readonly propertyDependencies?: Readonly<Record<string, readonly string[]>>;
  /** Deleted before its replacement could be made. */
  readonly pendingReplacement?: boolean;
  readonly additionalSecretOutputs?: readonly string[];
  readonly customTimeouts?: Readonly<Record<string, number>>;
  readonly retainOnDelete?: boolean;
  readonly deletedWith?: string;
  readonly created?: string;
  readonly modified?: string;
  readonly ignoreChanges?: readonly string[];
  readonly replaceOnChanges?: readonly string[];
}

export type OperationType = "creating" | "updating" | "deleting" | "reading";

/** Something begun whose end is not known yet. */
export interface Operation {
  readonly resource: ResourceState;
  readonly type: OperationType;
}

/** What `pulumi stack export` prints under `deployment`. */
export interface DeploymentV3 {
  manifest: { time: string; magic: string; version: string };
  secrets_providers: { type: "passphrase"; state: { salt: string } };
  resources?: ResourceState[];
  pending_operations?: Operation[];
  metadata: object;
}

/** The form that `pulumi stack export` and `pulumi stack import` speak. */
export interface UntypedDeployment {
  version: 3;
  deployment: DeploymentV3;
}

/** A resource as the last deployment left it, until this one has settled what becomes of it. */
export interface Old {
  state: ResourceState;
}

/** Keeps the state of one stack. A resource is put only after all that it depends on. */
export class Snapshot {
  /** What is left of the last deployment, in its order. */
  readonly olds: Set<Old>;
  private readonly news = new Map<string, ResourceState>();
  private readonly pending: Set<Operation>;
  private readonly texts = new WeakMap<object, string>();
  private writing: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;

  constructor(
    private readonly file: StateFile,
    deployment: DeploymentV3 | undefined,
    private readonly crypter: Crypter,
  ) {
    const read = (state: ResourceState): ResourceState => decode(state, (part) => this.decrypt(part));
    this.olds = new Set((deployment?.resources ?? []).map((state) => ({ state: read(state) })));
    this.pending = new Set(
      (deployment?.pending_operations ?? []).map((op) => ({ ...op, resource: read(op.resource) })),
    );
  }

  get operations(): readonly Operation[] {
    return [...this.pending];
  }

  get resources(): readonly ResourceState[] {
    return [...this.news.values(), ...Array.from(this.olds, (old) => old.state)];
  }

  find(urn: string): ResourceState | undefined {
    return this.news.get(urn);
  }

  /** Takes a resource up into the new state, in place of `old`. */
  put(state: ResourceState, old?: Old): void {
    if (old !== undefined) this.olds.delete(old);
    this.news.set(state.urn, state);
  }

  /** Notes an operation as begun; on disk before this resolves. */
  async begin(type: OperationType, resource: ResourceState): Promise<Operation> {
    const operation = { type, resource };
    this.pending.add(operation);
    await this.save();
    return operation;
  }

  end(operation: Operation): void {
    this.pending.delete(operation);
  }

  forget(which: (operation: Operation) => boolean): void {
    for (const operation of this.pending) if (which(operation)) this.pending.delete(operation);
  }

  /**
   * Resolves once everything known at the time of the call is on disk. Calls during a write share the next one, so that
   * many resources at once cost few writes.
   */
  save(): Promise<void> {
    this.next ??= this.writing.then(() => {
      this.next = undefined;
      const write = this.file.write(this.text());
      this.writing = write.catch(() => undefined); // reported to those who asked for this write; later ones try again
      return write;
    });
    return this.next;
  }

  export(): DeploymentV3 {
    return (JSON.parse(this.text()) as { checkpoint: { latest: DeploymentV3 } }).checkpoint.latest;
  }

  private text(): string {
    const resources = this.resources.map((state) => this.textOf(state));
    const operations = [...this.pending].map(
      (op) => `{"resource":${this.textOf(op.resource)},"type":${JSON.stringify(op.type)}}`,
    );
    return checkpointText(this.file.stack, this.crypter.salt, resources, operations);
  }

  /** Each resource is made into text once, however often the state is saved. */
  private textOf(state: ResourceState): string {
    const known = this.texts.get(state);
    if (known !== undefined) return known;
    const text = JSON.stringify(encode(state, (part) => this.encrypt(part)));
    this.texts.set(state, text);
    return text;
  }

  private encrypt(value: Value): Value {
    if (!isSecret(value)) return value;
    return { [signature]: secretSignature, ciphertext: this.crypter.encrypt(JSON.stringify(value.value)) };
  }

  private decrypt(value: Value): Value {
    if (!isSecret(value)) return value;
    const sealed = value as { ciphertext?: string; plaintext?: string };
    const text = sealed.ciphertext === undefined ? sealed.plaintext : this.crypter.decrypt(sealed.ciphertext);
    return secret(JSON.parse(text ?? "null") as Value);
  }
}

function checkpointText(
  stack: string,
  salt: string,
  resources: readonly string[],
  operations: readonly string[],
): string {
  const head = {
    manifest: { time: new Date().toISOString(), magic: "", version: "" },
    secrets_providers: { type: "passphrase", state: { salt } },
  };
  const list = (name: string, items: readonly string[]): string =>
    items.length === 0 ? "" : `,\n"${name}":[\n${items.join(",\n")}\n]`;
  const latest = `${JSON.stringify(head).slice(0, -1)}${list("resources", resources)}${list("pending_operations", operations)},
"metadata":{}}`;
  return `{"version":3,"checkpoint":{"stack":${JSON.stringify(stack)},"latest":${latest}}}\n`;
}

function decode(state: ResourceState, change: (value: Value) => Value): ResourceState {
  const { inputs, outputs } = state;
  return {
    ...state,
    ...(inputs && { inputs: mapValue(inputs, change) as Props }),
    ...(outputs && { outputs: mapValue(outputs, change) as Props }),
  };
}

/** The state as the file has it: in Pulumi's order, and without properties that are empty. */
function encode(
  { urn, custom, delete: leaving, id, type, inputs, outputs, ...rest }: ResourceState,
  change: (value: Value) => Value,
): object {
  const mapped = (props: Props = {}): Value | undefined =>
    Object.keys(props).length === 0 ? undefined : mapValue(props, change);
  return { urn, custom, delete: leaving, id, type, inputs: mapped(inputs), outputs: mapped(outputs), ...rest };
}

/** The checkpoint of one stack, where Pulumi's file backend looks for it. */
export class StateFile {
  /** The stack's full name in a file backend. */
  readonly stack: string;
  private readonly path: string;

  constructor(
    private readonly stateDir: string,
    project: string,
    stack: string,
  ) {
    this.stack = `organization/${project}/${stack}`;
    this.path = path.join(stateDir, ".pulumi", "stacks", project, `${stack}.json`);
  }

  async read(): Promise<DeploymentV3 | undefined> {
    const text = await readFile(this.path, "utf8").catch((error: unknown) => allow("ENOENT", error));
    if (text === undefined) return undefined;
    const { version, checkpoint } = JSON.parse(text) as { version: number; checkpoint: { latest?: DeploymentV3 } };
    if (version !== 3)
      throw new Error(`${this.path} is a checkpoint of version ${version}; only version 3 is understood`);
    return checkpoint.latest;
  }

  /** Either the old text or the new is there at any time, never a part of one. */
  async write(text: string): Promise<void> {
    await mkdir(path.dirname(this.path), { recursive: true });
    await writeFile(`${this.path}.new`, text, { mode: 0o600 });
    await rename(`${this.path}.new`, this.path);
  }

  async writeDeployment(deployment: DeploymentV3): Promise<void> {
    const texts = (items: readonly object[] | undefined): string[] => (items ?? []).map((item) => JSON.stringify(item));
    const { salt } = deployment.secrets_providers.state;
    await this.write(
      checkpointText(this.stack, salt, texts(deployment.resources), texts(deployment.pending_operations)),
    );
  }

  /** Keeps a second deployment of the stack out until the returned function is called. */
  async lock(): Promise<() => Promise<void>> {
    const file = `${this.path}.lock`;
    await mkdir(path.dirname(file), { recursive: true });
    await this.describeBackend();
    for (;;) {
      const handle = await open(file, "wx").catch((error: unknown) => allow("EEXIST", error));
      if (handle !== undefined) {
        await handle.writeFile(String(process.pid));
        await handle.close();
        return () => rm(file, { force: true });
      }
      const holder = Number(await readFile(file, "utf8"));
      if (isAlive(holder)) throw new Error(`the stack is currently locked by process ${holder} (${file})`);
      await rm(file, { force: true });
    }
  }

  /** Tells Pulumi's file backend that stacks are kept by project. */
  private async describeBackend(): Promise<void> {
    const file = path.join(this.stateDir, ".pulumi", "meta.yaml");
    await writeFile(file, "version: 1\n", { flag: "wx" }).catch((error: unknown) => allow("EEXIST", error));
  }
}

/** Nothing for an error that is expected; any other goes on. */
function allow(code: string, error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== code) throw error;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
