/** Files of rows, which a monitor can watch. */
export function isTable(path: string): boolean {
  return /\.(csv|parquet|jsonl)$/i.test(path);
}

/** Whether a path is one of a table, or, having no ending, of a folder that may hold some. */
export function mayHoldTables(path: string): boolean {
  return isTable(path) || !/\.[^/.]+$/.test(path);
}
