// What a stack's resources are, and the file that remembers it: a checkpoint as Pulumi's own file backend writes it.
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { underNewNames } from "./aliases";
import { Unanswered } from "./provider";
import type { Crypter } from "./secrets";
import { mapSecrets, type Props, secret, secretSignature, signature, textOf, type Value } from "./values";

/** One resource, in the fields and under the names of Pulumi's state. */
export interface ResourceState {
  /** Its name across stacks. */
  urn: string;
  /** Whether a provider looks after it; a component is not looked after. */
  custom: boolean;
  /** Its type: `pulumi-nodejs:dynamic/zitadel:Target`. */
  type: string;
  /** Replaced, and still to be deleted. */
  delete?: boolean;
  /** The id that its provider gave it. */
  id?: string | undefined;
  /** What the program declares, as `check` left it. */
  inputs?: Props | undefined;
  /** What its provider answered. */
  outputs?: Props | undefined;
  /** The URN of the resource that it belongs to. */
  parent?: string;
  /** Whether it must not be deleted. */
  protect?: boolean;
  /** Only read: it belongs to somebody else. */
  external?: boolean;
  /** The URNs of the resources that it depends on. */
  dependencies?: string[];
  /** The same for each of its inputs. */
  propertyDependencies?: Record<string, string[]>;
  /** Why it exists but is not ready. */
  initErrors?: string[];
  /** `<urn>::<id>` of its provider. */
  provider?: string;
  /** Deleted before its replacement could be made. */
  pendingReplacement?: boolean;
  /** The outputs that are secret although no input makes them so. */
  additionalSecretOutputs?: string[];
  /** Whether it stays when it is no longer declared. */
  retainOnDelete?: boolean;
  /** The inputs whose changes are not looked at. */
  ignoreChanges?: string[];
  /** When it was created, in RFC 3339. */
  created?: string | undefined;
  /** When it was last changed, in RFC 3339. */
  modified?: string | undefined;
}

/** Something begun whose end is not known yet. */
export interface Operation {
  /** The resource as it was to become. */
  readonly resource: ResourceState;
  /** What was begun. */
  readonly type: "creating" | "updating" | "deleting" | "reading";
}

/** Who wrote a state, and when. */
export interface Manifest {
  /** When, in RFC 3339. */
  time: string;
  /** Pulumi's check that it was written whole. */
  magic: string;
  /** The version of the engine. */
  version: string;
}

/** What keeps the secrets of a state. */
export interface SecretsProvider {
  /** A passphrase: the one kind that the stand-in knows. */
  type: "passphrase";
  /** What goes with it. */
  state: {
    /** With what the passphrase is made a key, in Pulumi's own form. */
    salt: string;
  };
}

/** What `pulumi stack export` prints under `deployment`. */
export interface DeploymentV3 {
  /** Who wrote it, and when. */
  manifest: Manifest;
  /** What keeps its secrets. */
  secrets_providers: SecretsProvider;
  /** All resources; each comes after those that it depends on. */
  resources?: ResourceState[];
  /** What a run that was ended had begun. */
  pending_operations?: Operation[];
  /** Nothing that the stand-in uses. */
  metadata: object;
}

/** The form that `pulumi stack export` and `pulumi stack import` speak. */
export interface UntypedDeployment {
  /** Of the form of `deployment`. */
  version: 3;
  /** The state. */
  deployment: DeploymentV3;
}

/** Keeps the state of one stack. A resource is put only after all that it depends on. */
export class Snapshot {
  /** What is left of the last deployment, in its order, until this one has settled what becomes of it. */
  olds: ReadonlySet<ResourceState>;
  readonly pending: Set<Operation>;
  private readonly news = new Map<string, ResourceState>();
  /** The new URN of each resource that was taken over under an alias, by its old one. */
  private readonly renamed = new Map<string, string>();
  private readonly texts = new WeakMap<ResourceState, string>();
  private writing: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;

  /** Writes nothing if it is only `planned`. */
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

  /** What this deployment has made of a resource. */
  find(urn: string): ResourceState | undefined {
    return this.news.get(urn);
  }

  /** Takes a resource up into the new state, in place of `old` unless that is left, too. */
  put(state: ResourceState, old?: ResourceState, isLeft = false): void {
    if (old !== undefined && !isLeft) this.forget(old);
    this.news.set(state.urn, state);
    if (old !== undefined && old.urn !== state.urn) this.renamed.set(old.urn, state.urn);
  }

  /** Notes something about what is left of the last deployment. */
  mark(old: ResourceState, mark: Pick<ResourceState, "delete" | "pendingReplacement">): void {
    Object.assign(old, mark);
    this.texts.delete(old);
  }

  /** After a refresh everything that was interrupted is known again, but for what was being created. */
  settlePending(withCreates: boolean): void {
    for (const one of this.pending) if (withCreates || one.type !== "creating") this.pending.delete(one);
  }

  forget(old: ResourceState): void {
    (this.olds as Set<ResourceState>).delete(old);
  }

  /**
   * Runs something that changes the world: noted on disk before it begins, its result noted by `record` in the same breath
   * as its end. What ended nobody knows how stays noted.
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
   * Resolves once everything known at the time of the call is on disk. Calls during a write share the next one, so that
   * many resources at once cost few writes.
   */
  save(): Promise<void> {
    if (this.planned) return Promise.resolve();
    this.next ??= this.writing.then(() => {
      this.next = undefined;
      const write = this.file.write(this.text());
      this.writing = write.catch(() => undefined); // reported to those who asked for this write; later ones try again
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

  /** Each resource is made into text once, however often the state is saved. */
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

/** The state with something else in the place of each secret, and without properties where there are none. */
function mapProperties(state: ResourceState, change: (secret: Props) => Value): ResourceState {
  const mapped = (props: Props = {}): Props | undefined =>
    Object.keys(props).length === 0 ? undefined : (mapSecrets(props, change) as Props);
  return { ...state, inputs: mapped(state.inputs), outputs: mapped(state.outputs) };
}

/** The checkpoint of one stack, where Pulumi's file backend looks for it. */
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

  /** Either the old text or the new is there at any time, never a part of one. */
  async write(text: string): Promise<void> {
    await mkdir(path.dirname(this.path), { recursive: true });
    await writeFile(`${this.path}.new`, text, { mode: 0o600 });
    await rename(`${this.path}.new`, this.path);
  }

  /** Keeps a second deployment of the stack out until the returned function is called. */
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
