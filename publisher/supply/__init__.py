"""What is had from elsewhere: data from the web, and environments from the programs that install them."""
