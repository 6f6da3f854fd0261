// What a run is told, and what all of its parts share.
import type { Display } from "./display";
import type { Project } from "./program";
import type { grpc } from "./sdk";
import type { Snapshot } from "./state";
import type { RunKind, TargetOptions } from "./types";
import type { Props } from "./values";

/** The options of a run. */
export interface RunSettings extends TargetOptions {
  readonly kind: RunKind;
  readonly project: Project;
  readonly stack: string;
  readonly stackUrn: string;
  /** The configuration, by complete key. Secrets are marked. */
  readonly config: Props;
  readonly snapshot: Snapshot;
  readonly env: NodeJS.ProcessEnv;
  readonly parallel: number;
  readonly refresh: boolean;
  readonly targetDependents: boolean;
  readonly replace: readonly string[];
  readonly continueOnError: boolean;
  readonly policyPacks: readonly string[];
  readonly policyPackConfigs: readonly string[];
  readonly onOutput: ((text: string, stream: "stdout" | "stderr") => void) | undefined;
  readonly signal: AbortSignal | undefined;
  readonly terminate: AbortSignal | undefined;
}

/** What all parts of a run use. */
export interface Run extends RunSettings {
  readonly display: Display;
  readonly server: InstanceType<typeof grpc.Server>;
  readonly engineAddress: string;
  readonly onLine: (line: string) => void;
}
