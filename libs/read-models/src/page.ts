/** A page size within its bounds, whatever was asked for. */
export function pageSize(limit: number, most: number): number {
  return Math.min(Math.max(Math.trunc(limit) || 1, 1), most);
}
