// What Pulumi runs for `--policy-pack node_modules/pulumi-zitadel-actions/policies`.
import { PolicyPack } from "@pulumi/policy";
import { rules } from "./index";

new PolicyPack("zitadel-actions", { policies: rules });
