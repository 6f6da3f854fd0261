// Checks the resources of a run with policy packs.
import type * as Proto from "@pulumi/pulumi/proto/analyzer_pb";
import { PolicyPack } from "./policy-pack";
import { nameOf, type ResourceState } from "./resource";
import { analyzerProto as proto, toStruct } from "./sdk";
import type { Run } from "./settings";
import { mapProps, plain, type Props } from "./values";

export class Policies {
  /** Whether a mandatory policy was violated. */
  areViolated = false;
  private readonly packs: PolicyPack[] = [];

  constructor(private readonly run: Run) {}

  /** Starts the packs, and sends each its configuration: the file at the same place in the list. */
  async start(): Promise<void> {
    for (const dir of this.run.policyPacks) this.packs.push(new PolicyPack(dir, this.run));
    await Promise.all(this.packs.map((pack, index) => pack.configure(this.run.policyPackConfigs[index])));
    this.run.display.policyPacks = this.packs.map(({ title }) => title);
  }

  /** Whether a policy forbids a resource that the provider has checked. A preview continues, to report all violations. */
  async refuse(state: ResourceState): Promise<boolean> {
    if (this.packs.length === 0) return false;
    const request = about(new proto.AnalyzeRequest(), state, state.inputs);
    return (await this.ask("analyze", request, state.urn)) && this.run.kind !== "preview";
  }

  /** Checks the whole stack at the end. Resources that are only read are not included. */
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

  /** Reports all violations to the user. Returns whether one of them is mandatory. */
  private async ask(method: "analyze" | "analyzeStack", request: object, urn: string): Promise<boolean> {
    const violations = (await Promise.all(this.packs.map((pack) => pack.ask(method, request, urn)))).flat();
    this.run.display.violations.push(...violations);
    const isViolated = violations.some(({ mandatory }) => mandatory);
    this.areViolated ||= isViolated;
    return isViolated;
  }
}

/** Builds the message about a resource, with all properties except Pulumi's own. */
function about<Message extends Proto.AnalyzeRequest | Proto.AnalyzerResource>(
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
