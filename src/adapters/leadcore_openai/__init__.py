"""`LanguageModel` over OpenAI's Responses API."""
