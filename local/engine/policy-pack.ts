// A policy pack: the SDK's process for it, its configuration, and the calls to it.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { AnalyzerClient as Client } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import type * as Proto from "@pulumi/pulumi/proto/analyzer_pb";
import { type Child, startServer } from "./child";
import type { Violation } from "./display";
import { sdkScript } from "./host";
import {
  AnalyzerClient,
  analyzerProto as proto,
  call,
  channelOptions,
  Empty,
  fromStruct,
  grpc,
  toStruct,
  unsupported,
} from "./sdk";
import { parseYaml } from "./sdk-location";
import type { Run } from "./settings";
import { isProps, plain, type Props, textOf, type Value } from "./values";

const { MANDATORY, REMEDIATE } = proto.EnforcementLevel;

export class PolicyPack {
  /** Its name and version, as they are shown to the user. */
  title = "";
  private readonly dir: string;
  private readonly version: string | undefined;
  private readonly child: Child;
  private readonly client: Promise<Client>;

  /** Starts the process. */
  constructor(folder: string, { config, engineAddress, env, kind, onLine, stack }: Run) {
    this.dir = path.resolve(folder);
    const file = path.join(this.dir, "PulumiPolicy.yaml");
    if (!existsSync(file)) throw new Error(`no PulumiPolicy.yaml in ${this.dir}`);
    const { runtime, version } = parseYaml(readFileSync(file, "utf8")) as { runtime?: Value; version?: string };
    const language = isProps(runtime) ? runtime["name"] : runtime;
    if (language !== "nodejs")
      throw unsupported(`${file}: the runtime ${JSON.stringify(language)}; only policy packs for "nodejs" run here`);
    this.version = version;
    const values = Object.entries(config).map(([key, value]) => [key, textOf(plain(value))]);
    const { child, address } = startServer(`the policy pack in ${this.dir}`, {
      script: sdkScript({ programDir: this.dir }, "run-policy-pack"),
      args: [engineAddress, this.dir],
      cwd: this.dir,
      env: {
        ...env,
        PULUMI_CONFIG: JSON.stringify(Object.fromEntries(values)),
        PULUMI_NODEJS_ORGANIZATION: "organization",
        PULUMI_NODEJS_STACK: stack,
        PULUMI_NODEJS_DRY_RUN: String(kind === "preview"),
      },
      onLine,
    });
    this.child = child;
    this.client = address.then((at) => new AnalyzerClient(at, grpc.credentials.createInsecure(), channelOptions));
    this.client.catch(() => undefined); // the caller gets the error
  }

  /** Sends the pack its configuration. A file can set a part of it. */
  async configure(file: string | undefined): Promise<void> {
    const info = await call<Proto.AnalyzerInfo>(await this.client, "getAnalyzerInfo", new Empty());
    this.title = `${info.getName()}@v${this.version ?? info.getVersion()}`;
    const ofFile = file === undefined ? {} : (JSON.parse(readFileSync(file, "utf8")) as Props);
    const request = new proto.ConfigureAnalyzerRequest();
    const layers = [layerOfPack(info), layerOfFile(ofFile)];
    const policies = info.getPoliciesList();
    const names = policies.map((policy) => policy.getName());
    const others = layers.flatMap((layer) => Object.entries(layer)).filter(([name]) => !names.includes(name));
    for (const policy of policies) request.getPolicyconfigMap().set(policy.getName(), configured(policy, layers));
    try {
      for (const [name, one] of others) request.getPolicyconfigMap().set(name, unfamiliar(one));
      await call(await this.client, "configure", request);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`configuring policy pack "${info.getName()}" at "${this.dir}": ${why}`, { cause: error });
    }
  }

  /** Returns the violations of a resource or a stack with this URN. */
  async ask(method: "analyze" | "analyzeStack", request: object, urn: string): Promise<Violation[]> {
    const response = await call<Proto.AnalyzeResponse>(await this.client, method, request);
    return response.getDiagnosticsList().map((one) => ({
      pack: this.title,
      policy: one.getPolicyname(),
      mandatory: one.getEnforcementlevel() === MANDATORY,
      urn: one.getUrn() === "" ? urn : one.getUrn(),
      message: one.getMessage(),
    }));
  }

  async stop(): Promise<void> {
    await this.child.stop();
    await this.client.then((client) => client.close()).catch(() => undefined); // it may never have started
  }
}

/** The configuration of policies, by name. `all` is for every policy. */
type Layer = Readonly<Record<string, Entry>>;
interface Entry {
  readonly level: Proto.EnforcementLevel | undefined;
  readonly props: Props;
}

function layerOfPack(info: Proto.AnalyzerInfo): Layer {
  const entries = info.getInitialconfigMap().entries() as unknown as Iterable<[string, Proto.PolicyConfig]>;
  return Object.fromEntries(
    // A missing level arrives as advisory, and the real engine treats it as set.
    Array.from(entries, ([name, one]) => [
      name,
      { level: one.getEnforcementlevel(), props: fromStruct(one.getProperties()) },
    ]),
  );
}

function layerOfFile(file: Props): Layer {
  return Object.fromEntries(
    Object.entries(file).map(([name, value]) => {
      const { enforcementLevel, ...props } = isProps(value) ? value : { enforcementLevel: value };
      return [name, { level: levelOf(enforcementLevel), props }];
    }),
  );
}

function levelOf(name: Value | undefined): Proto.EnforcementLevel | undefined {
  const levels: Partial<Record<string, unknown>> = proto.EnforcementLevel;
  const level = name === undefined ? undefined : levels[textOf(name).toUpperCase()];
  if (name !== undefined && level === undefined) throw new Error(`${textOf(name)} is not a valid enforcement level`);
  return level as Proto.EnforcementLevel | undefined;
}

/** What the real engine sends for a name that no policy has, such as `all`. */
function unfamiliar({ level, props }: Entry): Proto.PolicyConfig {
  if (level === undefined) throw new Error('invalid enforcement level ""');
  return new proto.PolicyConfig().setEnforcementlevel(level).setProperties(toStruct(props));
}

/** Merges a policy's defaults with each layer. Only the real engine checks that values match their schemas. */
function configured(policy: Proto.PolicyInfo, layers: readonly Layer[]): Proto.PolicyConfig {
  const name = policy.getName();
  const schemas = Object.entries(fromStruct(policy.getConfigschema()?.getProperties()));
  const defaults = schemas.flatMap(([key, schema]) =>
    isProps(schema) && "default" in schema ? [[key, schema["default"]]] : [],
  );
  let level = policy.getEnforcementlevel();
  let props = Object.fromEntries(defaults) as Props;
  for (const layer of layers) {
    level = layer[name]?.level ?? layer["all"]?.level ?? level;
    props = { ...props, ...layer[name]?.props };
  }
  if (level === REMEDIATE) throw unsupported(`the level remediate of the policy ${name}`);
  return new proto.PolicyConfig().setEnforcementlevel(level).setProperties(toStruct(props));
}
