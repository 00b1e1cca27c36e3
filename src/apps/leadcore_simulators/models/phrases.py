"""The wording of the simulated models, in English and Spanish. No amount, date or promise is written here."""

from collections.abc import Mapping

Phrases = Mapping[str, tuple[str, ...]]

ENGLISH: Phrases = {
    "quote": (
        "{service} for {vehicle} is {price}.",
        "For {vehicle}, {service} comes to {price}.",
        "Good news, I have that one: {service} on {vehicle} is {price}.",
    ),
    "assumptions": ("That assumes {assumptions}.", "This is based on {assumptions}."),
    "after_quote": (
        "Anything else you would like to know?",
        "Would you like me to ask the team about a time for it?",
        "Happy to answer anything else about it.",
    ),
    "ask_vehicle": (
        "Happy to look that up! What vehicle is it for (year, make and model)?",
        "Sure thing. Which car is it for? Year, make and model help me give you the right number.",
        "I can check that. What is the year, make and model of your vehicle?",
    ),
    "ask_vehicle_class": ("What kind of vehicle is it: {choices}?", "Is your car one of these: {choices}?"),
    "choose_service": (
        "Which of these did you have in mind: {choices}?",
        "We do a few like that: {choices}. Which one would you like?",
    ),
    "no_price": (
        "I could not find a price for that one. Would you like a person from the shop to help?",
        "That one is not in my price list. I can ask someone from the team to take a look, if you like.",
    ),
    "ask_service": ("Which service would you like a price for?", "Sure, what would you like done to your vehicle?"),
    "no_tool": (
        "I cannot look that up from here. Would you like somebody from the shop to get back to you?",
        "I do not have that at hand. I can ask the team to help you with it.",
    ),
    "hours": ("Our hours: {hours}.", "Here is when we are open: {hours}."),
    "address": ("You can find us here: {address}.", "We are at {address}."),
    "handed": (
        "Of course. I have asked a person from the team to take over this conversation.",
        "Sure, I have let the team know that you would like to talk to a person.",
    ),
    "identity": (
        "I am {brand} virtual assistant, not a person. I can get a person for you if you prefer.",
        "I am an automated assistant for {shop}. Would you rather talk to a person?",
    ),
    "booking": (
        "I would be glad to help set that up. Which day works best for you?",
        "Happy to pass that on to the team. What day and time of day do you prefer?",
    ),
    "vehicle": (
        "Got it, {vehicle}. What would you like done?",
        "Thanks! And which service are you interested in for {vehicle}?",
    ),
    "thanks": (
        "You are welcome! Let me know if anything else comes up.",
        "My pleasure. I am here if you need anything else.",
    ),
    "greeting": ("Hi! Thanks for reaching out to {shop}. How can I help?", "Hello from {shop}! What can I do for you?"),
    "other": (
        "Thanks for the message! I can help with prices, hours and directions. What would you like to know?",
        "I can help with services and prices at {shop}, or get a person for you. What do you need?",
    ),
    "your_vehicle": ("your vehicle",),
    "your_class": ("your {vehicle_class}",),
    "the_shop": ("the shop",),
    "own": ("{shop}'s",),
    "refusal": ("I can't help with that request.",),
}

SPANISH: Phrases = {
    "quote": ("{service} para {vehicle} cuesta {price}.", "Para {vehicle}, {service} sale en {price}."),
    "assumptions": ("Esto supone lo siguiente: {assumptions}.",),
    "after_quote": ("¿Le puedo ayudar con algo más?", "¿Quiere que le pregunte al equipo por una cita?"),
    "ask_vehicle": (
        "¡Con gusto lo reviso! ¿Para qué vehículo es (año, marca y modelo)?",
        "Claro. ¿Cuál es el año, la marca y el modelo de su vehículo?",
    ),
    "ask_vehicle_class": ("¿Qué tipo de vehículo es: {choices}?",),
    "choose_service": ("¿Cuál de estos le interesa: {choices}?",),
    "no_price": ("No encontré un precio para eso. ¿Quiere que le ayude una persona del taller?",),
    "ask_service": ("¿Para qué servicio quiere el precio?",),
    "no_tool": ("No puedo consultar eso desde aquí. ¿Quiere que una persona del taller le responda?",),
    "hours": ("Nuestro horario: {hours}.",),
    "address": ("Nos encuentra aquí: {address}.",),
    "handed": ("Por supuesto. Ya le pedí a una persona del equipo que continúe esta conversación.",),
    "identity": ("Soy el asistente virtual de {shop}, no una persona. Si prefiere, le comunico con alguien.",),
    "booking": ("Con gusto. ¿Qué día le conviene más?",),
    "vehicle": ("Entendido, {vehicle}. ¿Qué servicio le interesa?",),
    "thanks": ("¡De nada! Aquí estoy si necesita algo más.",),
    "greeting": ("¡Hola! Gracias por escribir a {shop}. ¿En qué le puedo ayudar?",),
    "other": ("¡Gracias por su mensaje! Le puedo ayudar con precios, horario y dirección. ¿Qué le gustaría saber?",),
    "your_vehicle": ("su vehículo",),
    "your_class": ("su {vehicle_class}",),
    "the_shop": ("el taller",),
    "own": ("{shop}",),
    "refusal": ("No puedo ayudar con esa solicitud.",),
}


class Voice:
    """Picks one wording per meaning, always the same for the same *digest*."""

    def __init__(self, *, spanish: bool, digest: int) -> None:
        self._phrases = SPANISH if spanish else ENGLISH
        self._digest = digest

    def say(self, meaning: str, **blanks: str) -> str:
        wordings = self._phrases[meaning]
        chosen = wordings[self._digest % len(wordings)].format(**blanks)
        return (
            chosen[:1].upper() + chosen[1:]
            if meaning not in {"your_vehicle", "your_class", "the_shop", "own"}
            else chosen
        )
