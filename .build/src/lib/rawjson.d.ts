interface JSON {
  rawJSON(text: string): { readonly rawJSON: string }
}
