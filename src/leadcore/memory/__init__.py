"""Everything the core needs, in memory and repeatable: storage, carriers, CRM, model, vault, clock, chance."""
