/** The events of an execution. Its id is that of its condition. An empty list removes it. */
export interface ExecutionChange {
  type: "execution.set";
  id: string;
  targets: readonly string[];
}

/** An execution as a projection of events shows it. */
export interface ExecutionRow {
  id: string;
  targets: readonly string[];
  creationDate: string;
  changeDate: string;
}
