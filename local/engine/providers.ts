// The providers of a run, and what manages provider resources: to check one starts its process, to create or update one configures it.
import { randomUUID } from "node:crypto";
import { dynamicPackage } from "./host";
import { type Checked, type Diff, type Manager, type Outcome, Provider } from "./provider";
import { isProviderType, packageOf, referenceTo, type ResourceState } from "./resource";
import type { Run } from "./settings";
import { type Props, unknown } from "./values";

export class Providers implements Manager {
  private readonly processes = new Set<Provider>();
  /** The processes of checked provider resources, by URN, until these are created, updated or the same. */
  private readonly checked = new Map<string, Provider>();
  private readonly configured = new Map<string, Promise<Provider>>();
  /** The first one is needed soon: it starts while the program does. */
  private spare: Provider | undefined;

  constructor(private readonly run: Run) {
    const [first = dynamicPackage] = run.project.plugins.keys();
    this.spare = this.start(first);
  }

  /** Returns what manages a resource: as declared, or as it was at the last `up` if its provider has not been declared. */
  of({ urn, type, provider = "" }: Pick<ResourceState, "urn" | "type" | "provider">): Manager | Promise<Manager> {
    return isProviderType(type) ? this : this.at(provider, urn);
  }

  /** Returns the provider that a state refers to. */
  at(reference: string, urn = ""): Promise<Provider> {
    const known = this.configured.get(reference);
    if (known !== undefined) return known;
    const state = this.run.snapshot.resources.find((one) => isProviderType(one.type) && referenceTo(one) === reference);
    if (state === undefined) return Promise.reject(new Error(`${urn}: its provider ${reference} needs the Pulumi CLI`));
    return this.configure(state);
  }

  async check(state: ResourceState, olds: Props): Promise<Checked> {
    const provider = this.take(packageOf(state.type));
    const result = await provider.checkConfig(state, olds);
    if (result.failures.length === 0) this.checked.set(state.urn, provider);
    return result;
  }

  async diff(old: ResourceState, news: Props = {}, oldInputs = old.inputs): Promise<Diff> {
    const provider = this.checked.get(old.urn) ?? (await this.at(referenceTo(old), old.urn));
    return provider.diffConfig(old, news, oldInputs);
  }

  async create(wanted: ResourceState, preview: boolean): Promise<Outcome> {
    const id = preview ? unknown : randomUUID();
    await this.configure({ ...wanted, id });
    return { id, outputs: wanted.inputs ?? {} };
  }

  async update(old: ResourceState, wanted: ResourceState): Promise<Outcome> {
    const { id = "" } = old;
    await this.configure({ ...wanted, id });
    return { id, outputs: wanted.inputs ?? {} };
  }

  async keep(state: ResourceState): Promise<void> {
    await this.configure(state);
  }

  read({ id = "", inputs, outputs = {} }: ResourceState): Promise<Outcome> {
    return Promise.resolve({ id, inputs, outputs });
  }

  delete(): Promise<void> {
    return Promise.resolve();
  }

  /** Asks all providers to end what they wait for. */
  async cancel(): Promise<void> {
    await Promise.all(Array.from(this.processes, (one) => one.cancel()));
  }

  /** Ends all processes. With `now`, without a cancel request first. */
  async stop(now: boolean): Promise<void> {
    await Promise.all(Array.from(this.processes, (one) => one.stop(now)));
  }

  private configure(state: ResourceState): Promise<Provider> {
    const provider = this.checked.get(state.urn) ?? this.take(packageOf(state.type));
    this.checked.delete(state.urn);
    const configured = provider.configure(state).then(() => provider);
    this.configured.set(referenceTo(state), configured);
    return configured;
  }

  private take(name: string): Provider {
    const taken = this.spare?.name === name ? this.spare : this.start(name);
    if (taken === this.spare) this.spare = undefined;
    return taken;
  }

  private start(name: string): Provider {
    const provider = new Provider(this.run, name);
    this.processes.add(provider);
    return provider;
  }
}
