/** What the packages in each language are called. The npm package of the dynamic provider is `pulumi-zitadel-actions`. */
export const names = {
  nodejs: "pulumi-zitadel-actions-sdk",
  python: "pulumi_zitadel_actions",
  go: "zitadelactions",
  /** `pulumi package add` makes the SDK a folder of the project. It is published nowhere. */
  goImport: "example.com/pulumi-zitadel-actions/sdk/go/zitadelactions",
} as const;
