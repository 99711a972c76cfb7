declare module 'mjml' {
  type MjmlError = { readonly line: number; readonly message: string; readonly tagName: string }
  type MjmlOptions = { readonly validationLevel: 'soft'; readonly ignoreIncludes: true }
  const mjml: (
    text: string,
    options: MjmlOptions,
  ) => Promise<{ readonly html: string; readonly errors: readonly MjmlError[] }>
  export = mjml
}
