"""Leads as ADF/XML, posted over HTTP by lead providers and websites."""
