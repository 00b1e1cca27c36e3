"""A page to play the customer: phone, mailbox, website form, price list, fault switches."""
