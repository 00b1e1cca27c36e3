"""`LanguageModel` over Anthropic's Messages API."""
