/** Which of `one | few | many` a Russian number takes: 1 канал, 2 канала, 5 каналов, 21 канал. */
export function russianPlural(count: number): number {
  const n = Math.abs(count);
  if (!Number.isInteger(n)) return 1;
  const ten = n % 10;
  const hundred = n % 100;
  if (ten === 1 && hundred !== 11) return 0;
  if (ten >= 2 && ten <= 4 && (hundred < 12 || hundred > 14)) return 1;
  return 2;
}
