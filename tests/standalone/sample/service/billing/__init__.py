app_label = "money"
