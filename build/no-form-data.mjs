// See the options in bundle.mts.
export class NoFormData {}
