import eventTypes from "./event-types.json";
import methods from "./methods.json";

/** The words that conditions may use, in the order in which a server lists them. */
export const FUNCTIONS: ReadonlySet<string> = new Set(["preuserinfo", "preaccesstoken", "presamlresponse"]);
export const SERVICES: ReadonlySet<string> = new Set(Object.keys(methods));
export const METHODS: ReadonlySet<string> = new Set(
  Object.entries(methods).flatMap(([service, names]) => names.map((name) => `/${service}/${name}`)),
);

/** The types of events, which a server takes in conditions but does not list. */
export const EVENT_TYPES: ReadonlySet<string> = new Set(eventTypes);
