terraform {
  cloud {
    hostname     = "localhost:8443"
    organization = "acme.default"

    workspaces {
      name = "quickstart"
    }
  }
}

variable "name" {
  type    = string
  default = "world"
}

# Built into Terraform: no provider to download.
resource "terraform_data" "greeting" {
  input = "Hello, ${var.name}!"
}

output "greeting" {
  value = terraform_data.greeting.output
}

output "password" {
  value     = "${terraform_data.greeting.id}-secret"
  sensitive = true
}
