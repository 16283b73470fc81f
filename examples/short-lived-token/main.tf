terraform {
  cloud {
    hostname     = "localhost:8443"
    organization = "acme"

    workspaces {
      name = "short-lived-token"
    }
  }
}

# Built into Terraform: no provider to download.
resource "terraform_data" "greeting" {
  input = "made with a token that is gone by now"
}

output "greeting" {
  value = terraform_data.greeting.output
}
