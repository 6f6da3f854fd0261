// The resources of a stack, and the file that stores them: a checkpoint as Pulumi's file backend writes it.
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { underNewNames } from "./aliases";
import { type Operation, type ResourceState, Unanswered } from "./resource";
import type { Crypter } from "./secrets";
import { mapSecrets, type Props, secret, secretSignature, signature, textOf, type Value } from "./values";

/** Which engine wrote a state, and when. */
export interface Manifest {
  /** When it was written, in RFC 3339. */
  time: string;
  /** Pulumi's checksum, which detects a partly written state. */
  magic: string;
  /** The version of the engine. */
  version: string;
}

/** How the secrets of a state are encrypted. */
export interface SecretsProvider {
  /** The kind of encryption. The small engine knows only passphrases. */
  type: "passphrase";
  /** The parameters of the encryption. */
  state: {
    /** The salt that derives the key from the passphrase, in Pulumi's form. */
    salt: string;
  };
}

/** The `deployment` in the output of `pulumi stack export`. */
export interface DeploymentV3 {
  /** Which engine wrote it, and when. */
  manifest: Manifest;
  /** How its secrets are encrypted. */
  secrets_providers: SecretsProvider;
  /** All resources. Each comes after those that it depends on. */
  resources?: ResourceState[];
  /** The operations that were in progress when a run was killed. */
  pending_operations?: Operation[];
  /** Metadata that the small engine does not use. */
  metadata: object;
}

/** The format of `pulumi stack export` and `pulumi stack import`. */
export interface UntypedDeployment {
  /** The version of the format of `deployment`. */
  version: 3;
  /** The state. */
  deployment: DeploymentV3;
}

/** Keeps the state of one stack. Put a resource only after everything that it depends on. */
export class Snapshot {
  /** The resources of the last deployment, in order, that this deployment has not handled yet. */
  olds: ReadonlySet<ResourceState>;
  readonly pending: Set<Operation>;
  private readonly news = new Map<string, ResourceState>();
  /** The new URN of each resource that was found under an alias, by its old URN. */
  private readonly renamed = new Map<string, string>();
  private readonly texts = new WeakMap<ResourceState, string>();
  private writing: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;

  /** If `planned`, writes nothing to the disk. */
  constructor(
    private readonly file: StateFile,
    deployment: DeploymentV3 | undefined,
    private readonly crypter: Crypter,
    private readonly planned = false,
  ) {
    const unseal = (value: Props): Value =>
      secret(JSON.parse(crypter.decrypt(textOf(value["ciphertext"] ?? ""))) as Value);
    const { resources = [], pending_operations: operations = [] } = deployment ?? {};
    this.olds = new Set(resources.map((state) => mapProperties(state, unseal)));
    this.pending = new Set(operations.map((one) => ({ ...one, resource: mapProperties(one.resource, unseal) })));
  }

  get resources(): ResourceState[] {
    return [...this.news.values(), ...this.olds];
  }

  /** Returns the new state of a resource in this deployment. */
  find(urn: string): ResourceState | undefined {
    return this.news.get(urn);
  }

  /** Adds a resource to the new state. It replaces `old`, unless `old` is kept too. */
  put(state: ResourceState, old?: ResourceState, isLeft = false): void {
    if (old !== undefined && !isLeft) this.forget(old);
    this.news.set(state.urn, state);
    if (old !== undefined && old.urn !== state.urn) this.renamed.set(old.urn, state.urn);
  }

  /** Changes a resource of the last deployment that is not handled yet. */
  mark(old: ResourceState, mark: Pick<ResourceState, "delete" | "pendingReplacement">): void {
    Object.assign(old, mark);
    this.texts.delete(old);
  }

  /** Removes pending operations after a refresh, which finds out about all of them except creates. `withCreates` removes those too. */
  settlePending(withCreates: boolean): void {
    for (const one of this.pending) if (withCreates || one.type !== "creating") this.pending.delete(one);
  }

  forget(old: ResourceState): void {
    (this.olds as Set<ResourceState>).delete(old);
  }

  /**
   * Runs an operation. It is recorded on the disk before it begins. `record` adds the result in the same step that removes that
   * record. If the result is unknown, the record stays.
   */
  async during<Result, Made>(
    operation: Operation,
    run: () => Promise<Result>,
    record: (result: Result) => Made,
  ): Promise<Made> {
    this.pending.add(operation);
    await this.save();
    try {
      const made = record(await run());
      this.pending.delete(operation);
      return made;
    } catch (error) {
      if (!(error instanceof Unanswered)) this.pending.delete(operation);
      throw error;
    } finally {
      await this.save();
    }
  }

  /**
   * Resolves when everything that is known at the time of the call is on the disk. Calls during a write share the next write, so
   * that many resources at once need few writes.
   */
  save(): Promise<void> {
    if (this.planned) return Promise.resolve();
    this.next ??= this.writing.then(() => {
      this.next = undefined;
      const write = this.file.write(this.text());
      this.writing = write.catch(() => undefined); // the callers of this write get the error; later ones try again
      return write;
    });
    return this.next;
  }

  export(): DeploymentV3 {
    return (JSON.parse(this.text()) as Checkpoint).checkpoint.latest;
  }

  private text(): string {
    const list = (name: string, items: readonly string[]): string =>
      items.length === 0 ? "" : `"${name}":[\n${items.join(",\n")}\n],\n`;
    const pending = Array.from(
      this.pending,
      ({ resource, type }) => `{"resource":${this.textOf(resource)},"type":"${type}"}`,
    );
    return `{"version":3,"checkpoint":{"stack":${JSON.stringify(this.file.stack)},"latest":{
"manifest":{"time":"${new Date().toISOString()}","magic":"","version":""},
"secrets_providers":{"type":"passphrase","state":{"salt":"${this.crypter.salt}"}},
${list(
  "resources",
  underNewNames(this.resources, this.renamed).map((state) => this.textOf(state)),
)}${list("pending_operations", pending)}"metadata":{}}}}\n`;
  }

  /** Serializes each resource only once, however often the state is saved. */
  private textOf(state: ResourceState): string {
    const seal = ({ value = null }: Props): Value => ({
      [signature]: secretSignature,
      ciphertext: this.crypter.encrypt(JSON.stringify(value)),
    });
    const text = this.texts.get(state) ?? JSON.stringify(mapProperties(state, seal));
    this.texts.set(state, text);
    return text;
  }
}

interface Checkpoint {
  version: number;
  checkpoint: { latest: DeploymentV3 };
}

/** Returns the state with each secret replaced, and without empty property maps. */
function mapProperties(state: ResourceState, change: (secret: Props) => Value): ResourceState {
  const mapped = (props: Props = {}): Props | undefined =>
    Object.keys(props).length === 0 ? undefined : (mapSecrets(props, change) as Props);
  return { ...state, inputs: mapped(state.inputs), outputs: mapped(state.outputs) };
}

/** The checkpoint of one stack, at the path where Pulumi's file backend looks for it. */
export class StateFile {
  /** The stack's full name in a file backend. */
  readonly stack: string;
  private readonly path: string;

  constructor(stateDir: string, project: string, stack: string) {
    this.stack = `organization/${project}/${stack}`;
    this.path = path.join(stateDir, ".pulumi", "stacks", project, `${stack}.json`);
  }

  async read(): Promise<DeploymentV3 | undefined> {
    if (!existsSync(this.path)) return undefined;
    const { version, checkpoint } = JSON.parse(await readFile(this.path, "utf8")) as Checkpoint;
    if (version !== 3)
      throw new Error(`${this.path} is a checkpoint of version ${version}; only version 3 is understood`);
    return checkpoint.latest;
  }

  /** Replaces the file in one step: at any time, it contains either the old text or the new one. */
  async write(text: string): Promise<void> {
    await mkdir(path.dirname(this.path), { recursive: true });
    await writeFile(`${this.path}.new`, text, { mode: 0o600 });
    await rename(`${this.path}.new`, this.path);
  }

  /** Locks the stack until the returned function is called. */
  async lock(): Promise<() => Promise<void>> {
    const file = `${this.path}.lock`;
    const holder = existsSync(file) ? Number(await readFile(file, "utf8")) : undefined;
    if (holder !== undefined && isAlive(holder))
      throw new Error(`the stack is currently locked by process ${holder} (${file})`);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, String(process.pid));
    return () => rm(file, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
