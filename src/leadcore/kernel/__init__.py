"""Words every concept shares: ids, errors, contact points, money, time, chance."""
