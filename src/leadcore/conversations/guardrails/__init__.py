"""What an assistant may not say: text passes at once unless it may begin a claim, and claims pass only with facts."""
