// What policy packs have against the resources of a run.
import * as proto from "@pulumi/pulumi/proto/analyzer_pb";
import { PolicyPack } from "./policy-pack";
import { nameOf } from "./provider";
import type { Run } from "./run";
import { toStruct } from "./sdk";
import type { ResourceState } from "./state";
import { mapProps, plain, type Props } from "./values";

export class Policies {
  /** Something mandatory has been violated. */
  areViolated = false;
  private readonly packs: PolicyPack[] = [];

  constructor(private readonly run: Run) {}

  /** Starts the packs, and tells each its configuration: the file at its place in the list. */
  async start(): Promise<void> {
    for (const dir of this.run.policyPacks) this.packs.push(new PolicyPack(dir, this.run));
    await Promise.all(this.packs.map((pack, index) => pack.configure(this.run.policyPackConfigs[index])));
    this.run.display.policyPacks = this.packs.map(({ title }) => title);
  }

  /** Whether a resource that the provider has checked must not be made. A preview goes on, so as to say everything. */
  async refuse(state: ResourceState): Promise<boolean> {
    if (this.packs.length === 0) return false;
    const request = about(new proto.AnalyzeRequest(), state, state.inputs);
    return (await this.ask("analyze", request, state.urn)) && this.run.kind !== "preview";
  }

  /** Has everything looked at together, as it is at the end; what is only read is not ours. */
  async judgeStack(states: readonly ResourceState[]): Promise<void> {
    const resources = states
      .filter(({ external }) => external !== true)
      .map((state) => {
        const resource = about(new proto.AnalyzerResource(), state, state.outputs);
        const dependencies = resource.getPropertydependenciesMap();
        for (const [property, urns] of Object.entries(state.propertyDependencies ?? {}))
          if (urns.length > 0) dependencies.set(property, new proto.AnalyzerPropertyDependencies().setUrnsList(urns));
        return resource.setDependenciesList(state.dependencies ?? []).setParent(state.parent ?? "");
      });
    await this.ask("analyzeStack", new proto.AnalyzeStackRequest().setResourcesList(resources), this.run.stackUrn);
  }

  async stop(): Promise<void> {
    await Promise.all(this.packs.map((pack) => pack.stop()));
  }

  /** Whether there is something mandatory among what the packs have to say, which the user is told in any case. */
  private async ask(method: "analyze" | "analyzeStack", request: object, urn: string): Promise<boolean> {
    const violations = (await Promise.all(this.packs.map((pack) => pack.ask(method, request, urn)))).flat();
    this.run.display.violations.push(...violations);
    const isViolated = violations.some(({ mandatory }) => mandatory);
    this.areViolated ||= isViolated;
    return isViolated;
  }
}

/** A message about a resource, with all properties but Pulumi's own. */
function about<Message extends proto.AnalyzeRequest | proto.AnalyzerResource>(
  message: Message,
  { urn, type, protect = false, ignoreChanges = [], additionalSecretOutputs = [], parent = "" }: ResourceState,
  props: Props = {},
): Message {
  const visible = Object.fromEntries(Object.entries(props).filter(([key]) => !key.startsWith("__")));
  const options = new proto.AnalyzerResourceOptions().setProtect(protect);
  const newer: Partial<Pick<typeof options, "setParent">> = options; // the oldest SDK does not know it
  newer.setParent?.(parent);
  options.setIgnorechangesList(ignoreChanges).setAdditionalsecretoutputsList(additionalSecretOutputs);
  message.setUrn(urn);
  message.setType(type);
  message.setName(nameOf(urn));
  message.setProperties(toStruct(mapProps(visible, plain)));
  message.setOptions(options);
  return message;
}
