# Statement and charts
