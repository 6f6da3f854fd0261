// What Pulumi runs for `--policy-pack node_modules/pulumi-zitadel-actions/policies`.
import "./needs-policy";
import { PolicyPack } from "@pulumi/policy";
import { rules } from "./index";
import { rejectUnknownRules } from "./rule-names";

rejectUnknownRules(rules.map(({ name }) => name));
new PolicyPack("zitadel-actions", { policies: rules });
