/** 0 is refused by the server, 1 weak, 2 fair, 3 good, 4 strong. */
export type Strength = 0 | 1 | 2 | 3 | 4;

export const MIN_LENGTH = 10;

const COMMON = ["password", "passwort", "contraseña", "contrasena", "пароль", "qwerty", "йцукен", "letmein", "welcome", "admin", "longtake", "football", "iloveyou", "abc123"];
const ROWS = ["abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "01234567890", "абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "йцукенгшщзхъфывапролджэячсмитьбю"];

/**
 * How hard a password is to guess, for the eye: bits by the kinds of characters it holds, counting only what is
 * new in it. A row of the keyboard, a repetition, a common word or the person's own name adds next to nothing.
 */
export function strengthOf(password: string, own: readonly string[] = []): Strength {
  if ([...password].length < MIN_LENGTH) return 0;
  const bits = newCharacters(password, own) * Math.log2(alphabet(password));
  if (bits < 38) return 1;
  if (bits < 52) return 2;
  return bits < 70 ? 3 : 4;
}

function alphabet(password: string): number {
  let size = 0;
  if (/\p{Ll}/u.test(password)) size += 26;
  if (/\p{Lu}/u.test(password)) size += 26;
  if (/\d/.test(password)) size += 10;
  if (/[^\p{L}\d]/u.test(password)) size += 20;
  return Math.max(size, 10);
}

/** Characters that do not follow from those before them. */
function newCharacters(password: string, own: readonly string[]): number {
  let text = password.toLowerCase();
  let found = 0;
  const words = [...own.flatMap((one) => one.toLowerCase().split(/[^\p{L}\p{N}]+/u)), ...COMMON].filter((word) => word.length > 2);
  for (const word of words) {
    while (text.includes(word)) {
      text = text.replace(word, "\n");
      found += 1;
    }
  }
  const seen = new Set<string>();
  let last = "";
  for (const letter of text) {
    const pair = last + letter;
    if (letter !== "\n" && letter !== last && !follows(last, letter)) found += seen.has(pair) ? 0.25 : 1;
    seen.add(pair);
    last = letter;
  }
  return found;
}

function follows(before: string, letter: string): boolean {
  if (before === "") return false;
  return ROWS.some((row) => row.includes(before + letter) || row.includes(letter + before));
}
