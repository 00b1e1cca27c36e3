// What the pretend shop is called, what was said before, and what it answers.
// Text between two ‖ is held back first, as a sentence that is being checked would be.
import { randomUUID } from "node:crypto";

export const SHOP = {
  brand: "Lone Star Tint",
  phone: "+15125550142",
  hours_text: "until 6:00 PM",
  open_now: true,
};

export function story() {
  const at = (hours) => new Date(Date.now() - hours * 3_600_000).toISOString();
  const item = (author, channel, hours, text) => ({
    id: randomUUID(),
    author,
    channel,
    text,
    at: at(hours),
    metadata: null,
  });
  return [
    item(
      "shop",
      "sms",
      26,
      "Hi Dana, it’s Lone Star Tint. Thanks for asking about ceramic tint for your 2021 Tesla Model 3! Any questions? Just reply here. Reply STOP to opt out.",
    ),
    item("customer", "sms", 25.8, "Hey! How long does it take?"),
    item(
      "assistant",
      "sms",
      25.79,
      "Hi Dana! A full ceramic tint on a Model 3 usually takes 4 to 5 hours, so you can drop it off in the morning and pick it up the same day.",
    ),
    item(
      "staff",
      "email",
      20,
      "I put together two options for you, have a look when you have a minute. – Marco",
    ),
    item("customer", "web", 0.2, "Do you also do the windshield?"),
    item(
      "assistant",
      "web",
      0.19,
      "Yes, we do. A clear ceramic film on the windshield blocks heat and keeps full visibility.\n\nShall I add it to your quote?",
    ),
  ];
}

export const ANSWERS = [
  [
    /how much|price|quote/i,
    "For your 2021 Tesla Model 3, ceramic tint on all side windows and the rear glass is ‖$549.00‖, tax not included. That comes with a lifetime warranty.\n\nWould you like me to look for a time this week?",
  ],
  [
    /hours|open/i,
    "We’re open Monday to Friday from ‖9 AM to 6 PM‖ and Saturday from 10 AM to 4 PM. You’ll find us at 1200 Example Avenue, or call tel:+15125550142.",
  ],
  [
    /person|human/i,
    "Of course. I’m bringing in somebody from our team; they will answer right here.",
  ],
  [
    /.*/,
    "Good question! Ceramic film keeps out most of the heat and nearly all UV light, and unlike metal film it doesn’t disturb your phone or GPS. Anything else you’d like to know about it?",
  ],
];
