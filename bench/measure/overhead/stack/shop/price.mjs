const PRICES = { apple: 100, pear: 120, plum: 80 }

/** In cents; what is scarce costs a fifth more. */
export function priceOf(item, count) {
  const price = PRICES[item] ?? 500
  return count < 3 ? Math.round(price * 1.2) : price
}

/** How many ways there are to pay an amount with these coins: it computes, and waits for nobody. */
export function waysToPay(amount, coins = [1, 2, 5, 10, 20, 50, 100, 200]) {
  const ways = new Array(amount + 1).fill(0)
  ways[0] = 1
  for (const coin of coins) {
    for (let sum = coin; sum <= amount; sum++) ways[sum] = (ways[sum] + ways[sum - coin]) % 1_000_003
  }
  return ways[amount]
}
