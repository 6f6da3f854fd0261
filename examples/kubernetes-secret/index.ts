import * as pulumi from "@pulumi/pulumi";
import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { Secret } from "@pulumi/kubernetes/core/v1";
import { ZitadelExecution, ZitadelTarget } from "pulumi-zitadel-actions";

const config = new pulumi.Config();
const namespace = config.get("namespace") ?? "hooks";
const labels = { app: "zitadel-receiver" };

const check = new ZitadelTarget("check", {
  endpoint: config.require("endpoint"),
  timeout: "3s",
  restWebhook: { interruptOnError: true },
  // `pulumi config set rotation 2026-12` makes a new target with a new key.
  rotationTriggers: [config.get("rotation") ?? "first"],
  rotationStrategy: "replace",
});

// The new key goes into a new Secret: if a Secret's data changes, Pulumi replaces the Secret and gives it another name.
const before = config.getSecret("keyBefore");
const known = new Secret("signing-keys", {
  metadata: { namespace },
  stringData: {
    // The receiver uses it as `signingKey: process.env.ZITADEL_SIGNING_KEYS?.split(" ")`.
    ZITADEL_SIGNING_KEYS: before === undefined ? check.signingKey : pulumi.interpolate`${check.signingKey} ${before}`,
  },
});

// The Secret's new name causes a roll-out of the pods. Pulumi waits until it is complete.
const receiver = new Deployment("receiver", {
  metadata: { namespace },
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        containers: [
          {
            name: "receiver",
            image: config.get("image") ?? "registry.example.com/receiver:1",
            envFrom: [{ secretRef: { name: known.metadata.name } }],
          },
        ],
      },
    },
  },
});

// Only then does ZITADEL call the new target.
new ZitadelExecution(
  "sessions",
  {
    condition: { request: { method: "/zitadel.session.v2.SessionService/CreateSession" } },
    targets: [check.id],
  },
  { dependsOn: receiver },
);

export const signingKey = check.signingKey;
