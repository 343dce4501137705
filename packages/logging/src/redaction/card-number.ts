/** The first digits and lengths that networks give out: Visa, Mastercard, Amex, Diners, JCB, Discover, UnionPay, Maestro. */
const networks =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}|6\d{15,18}|5[0678]\d{14,17})$/;

/** Whether digits, with spaces or hyphens between them, are the number of a payment card: network, length and checksum. */
export function isCardNumber(text: string): boolean {
  const digits = text.replace(/[ -]/g, '');
  return networks.test(digits) && passesLuhn(digits);
}

/** Whether a number is a card's; times and most counts are told apart by their size alone. */
export function isCardValue(value: number): boolean {
  return value >= 4e12 && value < 1e16 && Number.isInteger(value) && isCardNumber(String(value));
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  let double = false;
  for (let i = digits.length - 1; i >= 0; i--) {
    const digit = digits.charCodeAt(i) - 48;
    sum += double ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
    double = !double;
  }
  return sum % 10 === 0;
}
