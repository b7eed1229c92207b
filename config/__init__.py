"""What this company and this installation are: settings, rules, calendar, the database door. Looks at no other room."""
