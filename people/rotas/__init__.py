"""Who is on duty: rotas, what is changed about them, absences and their covers."""
